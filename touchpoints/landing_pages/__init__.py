"""Landing pages: built from blocks, published as versions, tried against one another by share."""
