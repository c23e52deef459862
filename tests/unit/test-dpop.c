/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/dpop.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "base/json.h"
#include "tap.h"

#define URL "https://us-east-1.signin.aws.amazon.com/v1/token"
#define NOW 1763510400

/* The three parts of a JSON web token, decoded; text is the signed part. */
struct proof {
	struct secret token;
	size_t text_size;
	struct json_object *header;
	struct json_object *claims;
	struct secret signature;
};

static void proof_done(struct proof *p)
{
	secret_done(&p->token);
	json_wipep(&p->header);
	json_wipep(&p->claims);
	secret_done(&p->signature);
}

static void decode(const char *text, size_t size, struct secret *ret)
{
	_secret_ struct secret standard = {};

	for (size_t i = 0; i < size; i++)
		secret_append(&standard, text[i] == '-' ? "+" : text[i] == '_' ? "/" : text + i, 1);
	while (standard.size % 4 != 0)
		secret_append_string(&standard, "=");
	CHECK_INT(base64_decode(secret_string(&standard), standard.size, ret), 0);
}

static struct json_object *decode_json(const char *text, size_t size)
{
	_secret_ struct secret json = {};

	decode(text, size, &json);
	return json_parse(json.data, json.size);
}

static bool take_apart(struct proof *p)
{
	const char *first = secret_string(&p->token), *second = strchr(first, '.');
	const char *third = second ? strchr(second + 1, '.') : NULL;

	if (!CHECK(third) || !CHECK(strspn(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
	                                          "wxyz0123456789-_.") == p->token.size))
		return false;
	p->text_size = (size_t)(third - first);
	p->header = decode_json(first, (size_t)(second - first));
	p->claims = decode_json(second + 1, (size_t)(third - second - 1));
	decode(third + 1, strlen(third + 1), &p->signature);
	return true;
}

static EVP_PKEY *make_key(const char *curve)
{
	return curve ? EVP_EC_gen(curve) : EVP_RSA_gen(2048);
}

/* In SEC 1 or PKCS #8 form. */
static void write_key(EVP_PKEY *key, bool traditional, struct secret *ret)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long size;

	if (traditional)
		PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL);
	else
		PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	size = BIO_get_mem_data(bio, &data);
	secret_set(ret, data, (size_t)size);
	BIO_free(bio);
}

/* The public key in the proof's header. */
static EVP_PKEY *public_key(struct json_object *jwk)
{
	_secret_ struct secret point = {};
	const char *x = json_member_string(jwk, "x"), *y = json_member_string(jwk, "y");
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	secret_append(&point, "\x04", 1);
	decode(x, strlen(x), &point);
	decode(y, strlen(y), &point);
	CHECK_INT((long long)point.size, 65);
	OSSL_PARAM_BLD_push_utf8_string(build, "group", "P-256", 0);
	OSSL_PARAM_BLD_push_octet_string(build, "pub", point.data, point.size);
	params = OSSL_PARAM_BLD_to_param(build);
	CHECK(EVP_PKEY_fromdata_init(ctx) == 1 &&
	        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static bool verifies(const struct proof *p, EVP_PKEY *key)
{
	const unsigned char *raw = (const unsigned char *)p->signature.data;
	ECDSA_SIG *signature = ECDSA_SIG_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int size, ok;

	ECDSA_SIG_set0(signature, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
	size = i2d_ECDSA_SIG(signature, &der);
	EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL);
	ok = EVP_DigestVerify(
	        ctx, der, (size_t)size, (const unsigned char *)p->token.data, p->text_size);
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG_free(signature);
	return ok == 1;
}

static void check_proof(struct proof *p, EVP_PKEY *key)
{
	struct json_object *jwk = json_member(p->header, "jwk", json_type_object);
	EVP_PKEY *claimed;

	CHECK_STRING(json_member_string(p->header, "typ"), "dpop+jwt");
	CHECK_STRING(json_member_string(p->header, "alg"), "ES256");
	CHECK_STRING(json_member_string(jwk, "kty"), "EC");
	CHECK_STRING(json_member_string(jwk, "crv"), "P-256");
	CHECK(!json_object_object_get_ex(jwk, "d", NULL));
	CHECK_STRING(json_member_string(p->claims, "htm"), "POST");
	CHECK_STRING(json_member_string(p->claims, "htu"), URL);
	CHECK_INT(json_object_get_int64(json_member(p->claims, "iat", json_type_int)), NOW);
	CHECK_INT((long long)strlen(json_member_string(p->claims, "jti")), 36);
	CHECK_INT((long long)p->signature.size, 64);
	claimed = public_key(jwk);
	CHECK(EVP_PKEY_eq(claimed, key) == 1);
	CHECK(verifies(p, claimed));
	p->token.data[p->text_size - 1] ^= 1;
	CHECK(!verifies(p, claimed));
	EVP_PKEY_free(claimed);
}

/* Many keys and signatures, so that some numbers have leading zeros. */
static void test_proof(bool traditional)
{
	tap_begin("the proof verifies with the key in it, which is ours (%s)",
	        traditional ? "SEC 1" : "PKCS #8");
	for (int i = 0; i < 300; i++) {
		_cleanup_(proof_done) struct proof p = {};
		_secret_ struct secret pem = {};
		struct reason reason = {};
		EVP_PKEY *key = make_key("P-256");

		write_key(key, traditional, &pem);
		CHECK_INT(dpop_proof(&pem, URL, NOW, &p.token, &reason), 0);
		if (take_apart(&p))
			check_proof(&p, key);
		EVP_PKEY_free(key);
	}
	tap_end();
}

static void test_unique(void)
{
	_secret_ struct secret pem = {};
	_cleanup_(proof_done) struct proof a = {}, b = {};
	EVP_PKEY *key = make_key("P-256");

	write_key(key, true, &pem);
	tap_begin("every proof is different");
	CHECK_INT(dpop_proof(&pem, URL, NOW, &a.token, NULL), 0);
	CHECK_INT(dpop_proof(&pem, URL, NOW, &b.token, NULL), 0);
	if (take_apart(&a) && take_apart(&b))
		CHECK(strcmp(json_member_string(a.claims, "jti"),
		              json_member_string(b.claims, "jti")) != 0);
	tap_end();
	EVP_PKEY_free(key);
}

static void check_refused(const char *name, const struct secret *pem)
{
	_secret_ struct secret token = {};
	struct reason reason = {};

	tap_begin("refused: %s", name);
	secret_set_string(&token, "as it was");
	CHECK_INT(dpop_proof(pem, URL, NOW, &token, &reason), -EBADMSG);
	CHECK_STRING(secret_string(&token), "as it was");
	CHECK(strstr(reason.text, "dpopKey") && strstr(reason.text, "P-256"));
	tap_end();
}

static void test_refused(void)
{
	static const char *const curves[] = {"P-384", "secp256k1", NULL};
	_secret_ struct secret pem = {};
	EVP_PKEY *key;
	BIO *bio;
	char *data;
	long size;

	check_refused("nothing", &pem);
	secret_set_string(&pem, "-----BEGIN EC PRIVATE KEY-----\nAAAA\n");
	check_refused("half a key", &pem);
	for (size_t i = 0; i < 3; i++) {
		key = make_key(curves[i]);
		write_key(key, false, &pem);
		check_refused(curves[i] ? curves[i] : "RSA", &pem);
		EVP_PKEY_free(key);
	}
	key = make_key("P-256");
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "word", 4, NULL, NULL);
	size = BIO_get_mem_data(bio, &data);
	secret_set(&pem, data, (size_t)size);
	check_refused("a key with a pass phrase", &pem);
	BIO_free(bio);
	EVP_PKEY_free(key);
}

int main(void)
{
	test_proof(true);
	test_proof(false);
	test_unique();
	test_refused();
	return tap_finish();
}
