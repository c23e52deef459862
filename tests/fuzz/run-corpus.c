/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over the files of the directories given: the corpus as an ordinary test,
 * without a fuzzing engine. A target that does not crash has passed.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>

#include "../unit/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *file = fopen(path, "rb");
	size_t size;

	tap_begin("%s", path);
	if (CHECK(file)) {
		size = fread(data, 1, sizeof(data), file);
		fclose(file);
		CHECK(LLVMFuzzerTestOneInput(data, size) == 0);
	}
	tap_end();
}

static void run_directory(const char *directory)
{
	struct dirent **names = NULL;
	int n = scandir(directory, &names, NULL, alphasort);

	tap_begin("%s has files", directory);
	CHECK(n > 2);
	tap_end();
	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", directory, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			run_file(path);
		free(names[i]);
	}
	free(names);
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		run_directory(argv[i]);
	return tap_finish();
}
