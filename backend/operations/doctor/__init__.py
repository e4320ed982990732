"""`terrain doctor`: whether a deployment is as it should be, and how to mend what is not."""
