"""Label reading on the server: photo in, codes and typed facts out."""
