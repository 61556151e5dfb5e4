"""What a person does with runs beside training one: races, branches, and code that is edited."""
