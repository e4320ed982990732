"""Photos on the server: uploads, where whole ones are kept, who may see them, when they go."""
