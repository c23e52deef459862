/* SPDX-License-Identifier: Apache-2.0 */

/* Any file as certificates, and as a private key. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "fetch/api/x509-certificate.h"
#include "fetch/api/x509-key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static void check_certificates(const char *path)
{
	_cleanup_(x509_certificates_done) struct x509_certificates certificates = {};
	struct reason reason = {};
	int r = x509_certificates_read(path, &certificates, &reason);

	must((r < 0) == (reason.text[0] != '\0'));
	must(r < 0 || (certificates.count > 0 && certificates.count <= X509_CERTIFICATES_MAX));
	for (size_t i = 0; r == 0 && i < certificates.count; i++) {
		_secret_ struct secret encoded = {};
		char *serial = x509_certificate_serial(certificates.items[i]);

		x509_certificate_encode(certificates.items[i], &encoded);
		x509_certificate_check_time(certificates.items[i], path, 0, NULL);
		must(encoded.size > 0 && serial && *serial);
		free(serial);
	}
}

static void check_key(const char *path)
{
	_cleanup_(x509_key_done) struct x509_key key = {};
	struct reason warning = {}, reason = {};
	_secret_ struct secret signature = {};

	if (x509_key_read(path, NULL, &key, &warning, &reason) < 0) {
		must(reason.text[0] != '\0' && !key.pkey);
		return;
	}
	must(key.pkey != NULL && !reason.text[0]);
	if (x509_key_sign(&key, "x", 1, &signature) < 0)
		must(signature.size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(closep) int fd = memfd_create("x509", MFD_CLOEXEC);
	char path[32];

	must(fd >= 0 && file_write_all(fd, data, size) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_certificates(path);
	check_key(path);
	return 0;
}
