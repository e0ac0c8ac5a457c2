"""What a cell is: schema, library of cells, fitting."""
