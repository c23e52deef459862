/* SPDX-License-Identifier: Apache-2.0 */

/*
 * RFC 9449 section 4.2 on top of RFC 7515: base64url of a header with the public key, of the
 * claims, and of an ES256 signature, which is two concatenated numbers (RFC 7518 section 3.4) and
 * not the DER that OpenSSL writes. The user controls the key: it is in the user's file.
 */

#include "fetch/api/dpop.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/random.h>

#include "base/json.h"

#define COORDINATE_SIZE 32 /* of P-256 */

static void key_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void bio_freep(BIO **bio)
{
	BIO_free(*bio);
}

static void bn_freep(BIGNUM **bn)
{
	BN_free(*bn);
}

static void md_ctx_freep(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static void signature_freep(ECDSA_SIG **signature)
{
	ECDSA_SIG_free(*signature);
}

/* RFC 4648 section 5, without padding. */
static void append_base64url(struct secret *ret, const void *data, size_t size)
{
	size_t start = ret->size, n = 4 * ((size + 2) / 3);
	char *out = secret_reserve(ret, n + 1);

	EVP_EncodeBlock((unsigned char *)out, data, (int)size);
	secret_grown(ret, n);
	while (ret->size > start && ret->data[ret->size - 1] == '=')
		ret->data[--ret->size] = '\0';
	for (char *c = ret->data + start; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
}

/* Without this OpenSSL would ask the terminal for a pass phrase. */
static int no_pass_phrase(
        _unused_ char *buffer, _unused_ int size, _unused_ int writing, _unused_ void *userdata)
{
	return -1;
}

static EVP_PKEY *read_key(const struct secret *pem)
{
	_cleanup_(bio_freep) BIO *bio =
	        pem->size <= INT_MAX ? BIO_new_mem_buf(secret_string(pem), (int)pem->size) : NULL;
	_cleanup_(key_freep) EVP_PKEY *key =
	        bio ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;
	char group[64] = "";

	if (!key || EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
	        strcmp(group, "prime256v1") != 0)
		return NULL;
	return TAKE_PTR(key);
}

static int append_coordinate(
        struct secret *json, const EVP_PKEY *key, const char *name, const char *parameter)
{
	_secret_ struct secret text = {};
	_cleanup_(bn_freep) BIGNUM *number = NULL;
	unsigned char bytes[COORDINATE_SIZE];

	if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1 ||
	        BN_bn2binpad(number, bytes, sizeof(bytes)) != sizeof(bytes))
		return -EIO;
	append_base64url(&text, bytes, sizeof(bytes));
	json_append_member(json, name, secret_string(&text));
	return 0;
}

static int append_header(struct secret *token, const EVP_PKEY *key)
{
	_secret_ struct secret json = {};
	int r;

	secret_append_string(
	        &json, "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\"");
	r = append_coordinate(&json, key, "x", OSSL_PKEY_PARAM_EC_PUB_X);
	if (r == 0)
		r = append_coordinate(&json, key, "y", OSSL_PKEY_PARAM_EC_PUB_Y);
	secret_append_string(&json, ",\"crv\":\"P-256\"}}");
	append_base64url(token, json.data, json.size);
	return r;
}

/* RFC 9562 section 5.4. */
static int make_uuid(char ret[static 37])
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return -EIO;
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(ret, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
	        b[13], b[14], b[15]);
	return 0;
}

static int append_claims(struct secret *token, const char *url, int64_t now)
{
	_secret_ struct secret json = {};
	char jti[37], iat[32];

	if (make_uuid(jti) < 0)
		return -EIO;
	secret_append_string(&json, "{");
	json_append_member(&json, "htm", "POST");
	json_append_member(&json, "htu", url);
	json_append_member(&json, "jti", jti);
	snprintf(iat, sizeof(iat), ",\"iat\":%" PRId64 "}", now);
	secret_append_string(&json, iat);
	append_base64url(token, json.data, json.size);
	return 0;
}

/* OpenSSL's signature is a DER sequence of r and s. */
static int append_raw(struct secret *token, const unsigned char *der, size_t size)
{
	_cleanup_(signature_freep) ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
	unsigned char raw[2 * COORDINATE_SIZE];

	if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, COORDINATE_SIZE) < 0 ||
	        BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + COORDINATE_SIZE, COORDINATE_SIZE) <
	                0)
		return -EIO;
	append_base64url(token, raw, sizeof(raw));
	return 0;
}

static int append_signature(struct secret *token, EVP_PKEY *key, const struct secret *text)
{
	_cleanup_(md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char der[128];
	size_t n = sizeof(der);

	if (!ctx || EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) != 1 ||
	        EVP_DigestSign(ctx, der, &n, (const unsigned char *)text->data, text->size) != 1)
		return -EIO;
	return append_raw(token, der, n);
}

static int make_proof(EVP_PKEY *key, const char *url, int64_t now, struct secret *token)
{
	_secret_ struct secret signature = {};
	int r = append_header(token, key);

	secret_append_string(token, ".");
	if (r == 0)
		r = append_claims(token, url, now);
	if (r == 0)
		r = append_signature(&signature, key, token);
	secret_append_string(token, ".");
	secret_append(token, signature.data, signature.size);
	return r;
}

int dpop_proof(const struct secret *key, const char *url, int64_t now, struct secret *ret,
        struct reason *ret_reason)
{
	_cleanup_(key_freep) EVP_PKEY *parsed = read_key(key);
	_secret_ struct secret token = {};
	int r;

	if (!parsed)
		return reason_set(ret_reason, EBADMSG, "bad-dpop-key",
		        "its dpopKey is not a P-256 private key in PEM");
	r = make_proof(parsed, url, now, &token);
	if (r < 0)
		return reason_set(
		        ret_reason, -r, "signing", "OpenSSL could not sign with its dpopKey");
	secret_append(ret, token.data, token.size);
	return 0;
}
