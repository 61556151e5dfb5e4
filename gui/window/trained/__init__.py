"""What a person does with runs beside training one: races, sweeps, branches, and code that is edited."""
