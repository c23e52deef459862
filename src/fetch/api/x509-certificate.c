/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/x509-certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "base/user-name.h"

#define FILE_MAX_SIZE (256 * 1024)

static void bio_freep(BIO **bio)
{
	BIO_free(*bio);
}

/* Certificates are not encrypted; by default OpenSSL would ask the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *userdata)
{
	return -1;
}

/* A chain file may begin with the certificate itself, which is sent once. */
static bool is_known(const struct x509_certificates *certificates, const X509 *certificate)
{
	for (size_t i = 0; i < certificates->count; i++)
		if (X509_cmp(certificates->items[i], certificate) == 0)
			return true;
	return false;
}

static int add(struct x509_certificates *certificates, X509 *certificate, const char *path,
        struct reason *ret_reason)
{
	if (is_known(certificates, certificate)) {
		X509_free(certificate);
		return 0;
	}
	if (certificates->count == X509_CERTIFICATES_MAX) {
		X509_free(certificate);
		return reason_set(ret_reason, E2BIG, "too-many-certificates",
		        "%s: there are more than %d certificates in all; keep only those between "
		        "the workload's and the trust anchor's",
		        path, X509_CERTIFICATES_MAX);
	}
	certificates->items[certificates->count++] = certificate;
	return 0;
}

static int read_all(BIO *bio, const char *path, struct x509_certificates *certificates,
        struct reason *ret_reason)
{
	unsigned found = 0;
	X509 *certificate;
	int r;

	ERR_clear_error();
	while ((certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL))) {
		r = add(certificates, certificate, path, ret_reason);
		if (r < 0)
			return r;
		found++;
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		r = reason_set(ret_reason, EBADMSG, "bad-certificate",
		        "%s: certificate %u is malformed; expected PEM, which begins with "
		        "-----BEGIN CERTIFICATE-----",
		        path, found + 1);
	else
		r = found > 0 ? 0
		              : reason_set(ret_reason, EBADMSG, "bad-certificate",
		                        "%s: has no certificate; expected PEM, which begins with "
		                        "-----BEGIN CERTIFICATE-----",
		                        path);
	ERR_clear_error();
	return r;
}

int x509_certificates_read(
        const char *path, struct x509_certificates *certificates, struct reason *ret_reason)
{
	/* The file often holds the key as well. */
	_secret_ struct secret text = {};
	_cleanup_(bio_freep) BIO *bio = NULL;
	int r = file_read(AT_FDCWD, path, FILE_MAX_SIZE, &text);
	char user[64];

	if (r < 0)
		return reason_set(ret_reason, -r, "certificate-unreadable",
		        "%s: the certificate cannot be read: %s; the user %s must be able to read "
		        "it",
		        path, strerror(-r), user_name(user, sizeof(user)));
	bio = BIO_new_mem_buf(secret_string(&text), (int)text.size);
	if (!bio)
		abort();
	return read_all(bio, path, certificates, ret_reason);
}

/* A time that no tm can hold is unreachable, past or future. */
static int64_t seconds_of(const ASN1_TIME *t, int64_t otherwise)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : otherwise;
}

int x509_certificate_check_time(
        const X509 *certificate, const char *path, int64_t now, struct reason *ret_reason)
{
	int64_t begin = seconds_of(X509_get0_notBefore(certificate), INT64_MIN);
	int64_t end = seconds_of(X509_get0_notAfter(certificate), INT64_MAX);
	char date[TIMESTAMP_MAX_SIZE];

	if (now < begin)
		return reason_set(ret_reason, EAGAIN, "certificate-not-yet-valid",
		        "%s: the certificate is not valid before %s; check this machine's clock "
		        "(timedatectl)",
		        path, timestamp_format(begin, date));
	if (now > end)
		return reason_set(ret_reason, EKEYEXPIRED, "certificate-expired",
		        "%s: the certificate expired on %s; renew it", path,
		        timestamp_format(end, date));
	return 0;
}

char *x509_certificate_serial(const X509 *certificate)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *decimal = number ? BN_bn2dec(number) : NULL;
	char *copy;

	if (!decimal)
		abort(); /* out of memory */
	copy = xstrdup(decimal);
	OPENSSL_free(decimal);
	BN_free(number);
	return copy;
}

void x509_certificate_encode(const X509 *certificate, struct secret *ret)
{
	unsigned char *der = NULL;
	int size = i2d_X509(certificate, &der), n;

	if (size < 0)
		abort(); /* out of memory: it was parsed from this form */
	n = EVP_EncodeBlock(
	        (unsigned char *)secret_reserve(ret, (size_t)(size + 2) / 3 * 4 + 1), der, size);
	secret_grown(ret, (size_t)n);
	OPENSSL_free(der);
}

void x509_certificates_done(struct x509_certificates *c)
{
	for (size_t i = 0; i < c->count; i++)
		X509_free(c->items[i]);
	*c = (struct x509_certificates){};
}
