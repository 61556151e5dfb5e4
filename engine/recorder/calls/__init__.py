"""In which call of a module, function, optimizer or ``DataLoader`` an operation runs."""
