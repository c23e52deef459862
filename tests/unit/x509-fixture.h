/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Keys, certificates and their files, generated for each run. */

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/timestamp.h"

#define DAY (24 * 3600)
#define PASSPHRASE "correct horse battery"
/* 2^80 - 1: longer than C's integers. */
#define SERIAL_HEX "FFFFFFFFFFFFFFFFFFFF"
#define SERIAL_DECIMAL "1208925819614629174706175"

static char fixture_dir[] = "/tmp/ecr-test-x509-XXXXXX";

static void fixture_open(void)
{
	if (!mkdtemp(fixture_dir))
		abort();
}

static void fixture_close(void)
{
	_cleanup_(freep) char *command = xasprintf("rm -rf -- %s", fixture_dir);

	if (system(command) != 0)
		abort();
}

static char *fixture_path(const char *name)
{
	return xasprintf("%s/%s", fixture_dir, name);
}

/* Creates a file, open for writing; the caller closes it. */
static FILE *fixture_create(const char *name, mode_t mode)
{
	_cleanup_(freep) char *path = fixture_path(name);
	FILE *f;

	unlink(path);
	f = fopen(path, "we");
	if (!f || fchmod(fileno(f), mode) < 0)
		abort();
	return f;
}

__attribute__((unused)) static void fixture_text(const char *name, const char *text)
{
	FILE *f = fixture_create(name, 0600);

	fputs(text, f);
	fclose(f);
}

/* "RSA", "EC" or "ED25519" */
static EVP_PKEY *fixture_key(const char *type)
{
	EVP_PKEY *key = strcmp(type, "RSA") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)2048)
	                : strcmp(type, "EC") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, type, "P-256")
	                                          : EVP_PKEY_Q_keygen(NULL, NULL, type);

	if (!key)
		abort();
	return key;
}

/*
 * Returns a certificate for key, signed by issuer, valid from and until so many seconds from now.
 */
static X509 *fixture_certificate(EVP_PKEY *key, EVP_PKEY *issuer, long from, long until)
{
	X509 *certificate = X509_new();
	BIGNUM *serial = NULL;
	X509_NAME *name = X509_get_subject_name(certificate);

	BN_hex2bn(&serial, SERIAL_HEX);
	BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
	BN_free(serial);
	X509_set_version(certificate, X509_VERSION_3);
	X509_NAME_add_entry_by_txt(
	        name, "CN", MBSTRING_ASC, (const unsigned char *)"workload", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_gmtime_adj(X509_getm_notBefore(certificate), from);
	X509_gmtime_adj(X509_getm_notAfter(certificate), until);
	X509_set_pubkey(certificate, key);
	if (!X509_sign(certificate, issuer, EVP_sha256()))
		abort();
	return certificate;
}

static void fixture_write_certificates(const char *name, X509 *const *certificates, size_t n)
{
	FILE *f = fixture_create(name, 0644);

	for (size_t i = 0; i < n; i++)
		PEM_write_X509(f, certificates[i]);
	fclose(f);
}

enum key_form {
	FORM_PKCS8,
	FORM_TRADITIONAL, /* PKCS#1 or SEC1 */
	FORM_PARAMETERS,  /* the same after the curve's parameters, as `openssl ecparam -genkey`
	                     writes it */
	FORM_PKCS8_ENCRYPTED,
	FORM_TRADITIONAL_ENCRYPTED,
	FORMS,
};

static void fixture_write_key(const char *name, EVP_PKEY *key, enum key_form form, mode_t mode)
{
	BIO *bio = BIO_new_fp(fixture_create(name, mode), BIO_CLOSE);
	const unsigned char *phrase = (const unsigned char *)PASSPHRASE;
	int size = (int)strlen(PASSPHRASE);

	if (form == FORM_PARAMETERS)
		PEM_write_bio_Parameters(bio, key);
	if (form == FORM_PKCS8)
		PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	else if (form == FORM_PKCS8_ENCRYPTED)
		PEM_write_bio_PKCS8PrivateKey(
		        bio, key, EVP_aes_256_cbc(), PASSPHRASE, size, NULL, NULL);
	else if (form == FORM_TRADITIONAL_ENCRYPTED)
		PEM_write_bio_PrivateKey_traditional(
		        bio, key, EVP_aes_256_cbc(), phrase, size, NULL, NULL);
	else
		PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL);
	BIO_free(bio);
}
