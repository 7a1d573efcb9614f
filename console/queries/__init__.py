"""What the screens read: each function starts from the rows one person may see, and writes none."""
