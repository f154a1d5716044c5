/* What it costs to start a program that does nothing: the floor below the start-up times. */
int main(void) { return 0; }
