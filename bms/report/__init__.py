"""What a person looks at: pages with plots, and tables in the terminal."""
