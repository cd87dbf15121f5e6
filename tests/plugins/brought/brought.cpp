// A library that a plugin brings.
int brought_number() { return 7; }
