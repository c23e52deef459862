/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/provider.h>

#include "tap.h"

#include "base/base64.h"
#include "fetch/api/sigv4-x509.h"
#include "x509-fixture.h"

static EVP_PKEY *rsa, *ec, *issuer;
static struct reason why;

static const struct sigv4_header request_headers[] = {
        {"Host", "rolesanywhere.us-east-1.amazonaws.com"},
        {"X-Amz-Date", "20150830T123600Z"},
};
static const struct sigv4_request request = {.method = "POST",
        .path = "/sessions",
        .query = "b=2&a=1",
        .headers = request_headers,
        .n_headers = 2,
        .body = "{}",
        .body_size = 2};
static const struct sigv4_scope scope = {"20150830T123600Z", "us-east-1", "rolesanywhere"};

/* Opens these files of the fixture's folder; all but the first two may be NULL. */
static int open_files(const char *certificate, const char *key, const char *chain,
        const char *passphrase, struct x509_signer *ret)
{
	_cleanup_(freep) char *certificate_path = fixture_path(certificate);
	_cleanup_(freep) char *key_path = strchr(key, ':') ? xstrdup(key) : fixture_path(key);
	_cleanup_(freep) char *chain_path = chain ? fixture_path(chain) : NULL;
	_cleanup_(freep) char *passphrase_path = passphrase ? fixture_path(passphrase) : NULL;
	const struct x509_files files = {certificate_path, chain_path, key_path, passphrase_path};

	why = (struct reason){};
	return x509_signer_open(&files, timestamp_now(), ret, &why);
}

/* Checks that the reason has this code and text, and none of the secrets. */
static bool why_is(const char *code, const char *text)
{
	return CHECK_STRING(why.code, code) && CHECK(strstr(why.text, text)) &&
	       CHECK(!strstr(why.text, "horse")) && CHECK(!strstr(why.text, "4321"));
}

/* Two lower-case hex digits each. */
static size_t decode_hex(const char *hex, unsigned char *ret, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (; hex[0] && n < size; hex += 2) {
		const char *high = strchr(digits, hex[0]), *low = strchr(digits, hex[1]);

		if (!hex[1] || !high || !low)
			return 0;
		ret[n++] = (unsigned char)((high - digits) << 4 | (low - digits));
	}
	return n;
}

static bool is_signed_by(EVP_PKEY *key, const struct secret *string, const char *hex)
{
	unsigned char signature[1024];
	size_t n = decode_hex(hex, signature, sizeof(signature));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = n > 0 && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	          EVP_DigestVerify(ctx, signature, n, (const unsigned char *)string->data,
	                  string->size) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static void check_authorization(const struct x509_signer *x509, EVP_PKEY *key, const char *type)
{
	const struct sigv4_signer signer = sigv4_x509_signer(x509);
	_secret_ struct secret canonical = {}, string = {}, authorization = {};
	char expected[512];

	snprintf(expected, sizeof(expected),
	        "AWS4-X509-%s-SHA256 Credential=%s/20150830/us-east-1/rolesanywhere/aws4_request, "
	        "SignedHeaders=host;x-amz-date, Signature=",
	        strcmp(type, "EC") == 0 ? "ECDSA" : "RSA", SERIAL_DECIMAL);
	sigv4_canonical_request(&request, &canonical);
	sigv4_string_to_sign(signer.algorithm, &scope, &canonical, &string);
	CHECK(strncmp(secret_string(&string), expected, strcspn(expected, " ")) == 0);
	CHECK_INT(sigv4_authorize_with(&request, &scope, &signer, &authorization), 0);
	if (CHECK(strncmp(secret_string(&authorization), expected, strlen(expected)) == 0))
		CHECK(is_signed_by(key, &string, authorization.data + strlen(expected)));
}

static void test_forms(EVP_PKEY *key, const char *type)
{
	static const char *const names[] = {[FORM_PKCS8] = "PKCS#8",
	        [FORM_TRADITIONAL] = "traditional form",
	        [FORM_PARAMETERS] = "parameters first",
	        [FORM_PKCS8_ENCRYPTED] = "encrypted PKCS#8",
	        [FORM_TRADITIONAL_ENCRYPTED] = "encrypted traditional form"};
	X509 *certificate = fixture_certificate(key, issuer, -DAY, DAY);

	fixture_write_certificates("own.pem", &certificate, 1);
	fixture_text("phrase", PASSPHRASE "\n");
	for (enum key_form form = 0; form < FORMS; form++) {
		_cleanup_(x509_signer_done) struct x509_signer x509 = {};

		if (form == FORM_PARAMETERS && key == rsa)
			continue; /* an RSA key has no parameters */
		tap_begin("%s key in %s", type, names[form]);
		fixture_write_key("key.pem", key, form, 0600);
		if (CHECK_INT(open_files("own.pem", "key.pem", NULL, "phrase", &x509), 0)) {
			check_authorization(&x509, key, type);
			CHECK_STRING(x509.warning.code, "");
		}
		tap_end();
	}
	X509_free(certificate);
}

/* Reports whether a header's text is this certificate. */
static bool is_certificate(const char *text, size_t size, const X509 *certificate)
{
	_secret_ struct secret der = {};
	const unsigned char *at;
	X509 *read;
	bool ok;

	if (base64_decode(text, size, &der) < 0)
		return false;
	at = (const unsigned char *)der.data;
	read = d2i_X509(NULL, &at, (long)der.size);
	ok = read && X509_cmp(read, certificate) == 0 &&
	     at == (const unsigned char *)der.data + der.size;
	X509_free(read);
	return ok;
}

static void check_chain(const char *name, const char *certificate, const char *chain,
        X509 *const *expected, size_t n)
{
	_cleanup_(x509_signer_done) struct x509_signer x509 = {};
	_secret_ struct secret own = {}, others = {};
	const char *at;

	tap_begin("%s", name);
	CHECK_INT(open_files(certificate, "key.pem", chain, NULL, &x509), 0);
	sigv4_x509_headers(&x509, &own, &others);
	CHECK(is_certificate(secret_string(&own), own.size, expected[0]));
	at = secret_string(&others);
	for (size_t i = 1; i < n; i++) {
		size_t size = strcspn(at, ",");

		CHECK(is_certificate(at, size, expected[i]));
		at += size + (at[size] == ',');
	}
	CHECK_STRING(at, "");
	tap_end();
}

static void test_chains(void)
{
	EVP_PKEY *between = fixture_key("EC");
	X509 *chain[X509_CERTIFICATES_MAX + 1];
	_cleanup_(x509_signer_done) struct x509_signer x509 = {};

	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		chain[i] = fixture_certificate(i == 0 ? ec : between, issuer, -DAY, DAY + (long)i);
	fixture_write_key("key.pem", ec, FORM_PKCS8, 0600);
	fixture_write_certificates("own.pem", chain, 1);
	fixture_write_certificates("issuers.pem", chain + 1, 2);
	fixture_write_certificates("all.pem", chain, 3);
	check_chain("no chain", "own.pem", NULL, chain, 1);
	check_chain("a chain in a separate file", "own.pem", "issuers.pem", chain, 3);
	check_chain("a chain after the certificate", "all.pem", NULL, chain, 3);
	check_chain("a chain that begins with the certificate", "own.pem", "all.pem", chain, 3);

	tap_begin("a too long chain");
	fixture_write_certificates("many.pem", chain, ARRAY_SIZE(chain));
	CHECK_INT(open_files("own.pem", "key.pem", "many.pem", NULL, &x509), -E2BIG);
	why_is("too-many-certificates", "many.pem");
	tap_end();
	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		X509_free(chain[i]);
	EVP_PKEY_free(between);
}

static void check_phrase(
        const char *name, const char *phrase, int error, const char *code, const char *text)
{
	_cleanup_(x509_signer_done) struct x509_signer x509 = {};

	tap_begin("%s", name);
	if (phrase)
		fixture_text("phrase", phrase);
	CHECK_INT(open_files("own.pem", "key.pem", NULL, phrase ? "phrase" : NULL, &x509), error);
	if (error < 0)
		why_is(code, text);
	tap_end();
}

static void test_phrases(void)
{
	X509 *certificate = fixture_certificate(ec, issuer, -DAY, DAY);
	char long_phrase[2000];
	_cleanup_(x509_signer_done) struct x509_signer x509 = {};

	memset(long_phrase, 'x', sizeof(long_phrase));
	long_phrase[sizeof(long_phrase) - 1] = '\0';
	fixture_write_certificates("own.pem", &certificate, 1);
	fixture_write_key("key.pem", ec, FORM_PKCS8_ENCRYPTED, 0600);
	check_phrase("a pass phrase without a newline", PASSPHRASE, 0, NULL, NULL);
	check_phrase("a pass phrase with CR LF", PASSPHRASE "\r\n", 0, NULL, NULL);
	check_phrase("a wrong pass phrase", "wrong horse", -EKEYREJECTED, "wrong-pass-phrase",
	        "phrase does not open");
	check_phrase("an empty pass phrase", "", -EKEYREJECTED, "wrong-pass-phrase", "key.pem");
	check_phrase("a too long pass phrase", long_phrase, -E2BIG, "pass-phrase-too-long",
	        "longer than");
	check_phrase("no pass phrase", NULL, -ENOKEY, "no-pass-phrase", "private-key-passphrase");
	tap_begin("a missing file for the pass phrase");
	CHECK_INT(open_files("own.pem", "key.pem", NULL, "nowhere", &x509), -ENOENT);
	why_is("pass-phrase-unreadable", "nowhere");
	tap_end();
	X509_free(certificate);
}

static void check_date(const char *name, long from, long until, int error, const char *code)
{
	X509 *certificate = fixture_certificate(ec, issuer, from, until);
	_cleanup_(x509_signer_done) struct x509_signer x509 = {};
	char date[TIMESTAMP_MAX_SIZE];

	tap_begin("%s", name);
	fixture_write_certificates("own.pem", &certificate, 1);
	CHECK_INT(open_files("own.pem", "key.pem", NULL, NULL, &x509), error);
	timestamp_format(timestamp_now() + (from > 0 ? from : until), date);
	date[strlen("2026-11-21T")] = '\0';
	if (error < 0 && why_is(code, "own.pem"))
		CHECK(strstr(why.text, date));
	tap_end();
	X509_free(certificate);
}

static void check_bad(const char *name, const char *certificate, const char *key, int error,
        const char *code, const char *text)
{
	_cleanup_(x509_signer_done) struct x509_signer x509 = {};

	tap_begin("%s", name);
	CHECK_INT(open_files(certificate, key, NULL, NULL, &x509), error);
	why_is(code, text);
	CHECK(!x509.key.pkey && x509.certificates.count == 0);
	tap_end();
}

static void test_bad(void)
{
	EVP_PKEY *ed = fixture_key("ED25519"), *other = fixture_key("EC");
	X509 *own = fixture_certificate(ec, issuer, -DAY, DAY);
	X509 *of_ed = fixture_certificate(ed, issuer, -DAY, DAY);

	fixture_write_certificates("own.pem", &own, 1);
	fixture_write_certificates("ed.pem", &of_ed, 1);
	fixture_write_key("other.pem", other, FORM_PKCS8, 0600);
	fixture_write_key("rsa.pem", rsa, FORM_PKCS8, 0600);
	fixture_write_key("ed-key.pem", ed, FORM_PKCS8, 0600);
	fixture_text("text", "4321\n");
	fixture_text(
	        "broken", "-----BEGIN CERTIFICATE-----\nMIIB4321\n-----END CERTIFICATE-----\n");
	fixture_text(
	        "broken-key", "-----BEGIN PRIVATE KEY-----\nMIIB4321\n-----END PRIVATE KEY-----\n");
	check_bad("another key", "own.pem", "other.pem", -EKEYREJECTED, "certificate-mismatch",
	        "other.pem");
	check_bad("a key of another type", "own.pem", "rsa.pem", -EKEYREJECTED,
	        "certificate-mismatch", "own.pem");
	check_bad("an Ed25519 key", "ed.pem", "ed-key.pem", -EOPNOTSUPP, "bad-key-type", "ED25519");
	check_bad("a file without a key", "own.pem", "text", -EBADMSG, "bad-private-key", "text");
	check_bad(
	        "a broken key", "own.pem", "broken-key", -EBADMSG, "bad-private-key", "broken-key");
	check_bad("a certificate for a key", "own.pem", "own.pem", -EBADMSG, "bad-private-key",
	        "own.pem");
	check_bad("no key", "own.pem", "nowhere", -ENOENT, "private-key-unreadable", "nowhere");
	check_bad("no certificate in the file", "text", "key.pem", -EBADMSG, "bad-certificate",
	        "text");
	check_bad("a broken certificate", "broken", "key.pem", -EBADMSG, "bad-certificate",
	        "certificate 1");
	check_bad("no certificate", "nowhere", "key.pem", -ENOENT, "certificate-unreadable",
	        "nowhere");
	X509_free(own);
	X509_free(of_ed);
	EVP_PKEY_free(ed);
	EVP_PKEY_free(other);
}

static void test_mode(void)
{
	X509 *own = fixture_certificate(ec, issuer, -DAY, DAY);
	_cleanup_(x509_signer_done) struct x509_signer open = {}, closed = {};

	tap_begin("a world-readable key");
	fixture_write_certificates("own.pem", &own, 1);
	fixture_write_key("key.pem", ec, FORM_PKCS8, 0644);
	CHECK_INT(open_files("own.pem", "key.pem", NULL, NULL, &open), 0);
	CHECK_STRING(open.warning.code, "exposed-private-key");
	CHECK(strstr(open.warning.text, "key.pem"));
	tap_end();
	tap_begin("a group-readable key");
	fixture_write_key("key.pem", ec, FORM_PKCS8, 0640);
	CHECK_INT(open_files("own.pem", "key.pem", NULL, NULL, &closed), 0);
	CHECK_STRING(closed.warning.code, "");
	tap_end();
	X509_free(own);
}

static void check_shown(const char *location, const char *shown)
{
	_cleanup_(freep) char *text = xasprintf("%.*s", x509_key_shown(location), location);

	CHECK_STRING(text, shown);
}

static void test_shown(void)
{
	tap_begin("a PIN is never shown");
	check_shown("pkcs11:token=t;object=k", "pkcs11:token=t;object=k");
	check_shown("pkcs11:token=t?pin-value=4321", "pkcs11:token=t");
	check_shown("pkcs11:token=t;pin-value=4321;object=k", "pkcs11:token=t");
	check_shown("pkcs11:token=t&PIN-Source=/x?module-name=m", "pkcs11:token=t");
	check_shown("PKCS11:Pin-Value=4321", "PKCS11:");
	check_shown("pkcs11:?pin-source=a&pin-value=b", "pkcs11:");
	check_shown("/etc/keys/a?b.pem", "/etc/keys/a?b.pem");
	tap_end();
}

/* tests/integration tests a token and the provider. */
static void test_uri(void)
{
	X509 *own = fixture_certificate(ec, issuer, -DAY, DAY);
	OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(context, "pkcs11");

	fixture_write_certificates("own.pem", &own, 1);
	if (provider)
		tap_skip("a URI without the provider", "the provider is installed");
	else
		check_bad("a URI without the provider", "own.pem",
		        "pkcs11:token=t;object=k?pin-value=4321", -EOPNOTSUPP, "no-pkcs11-provider",
		        "pkcs11:token=t;object=k: ");
	OSSL_PROVIDER_unload(provider);
	OSSL_LIB_CTX_free(context);
	X509_free(own);
}

int main(void)
{
	fixture_open();
	rsa = fixture_key("RSA");
	ec = fixture_key("EC");
	issuer = fixture_key("EC");
	test_forms(rsa, "RSA");
	test_forms(ec, "EC");
	test_chains();
	test_phrases();
	fixture_write_key("key.pem", ec, FORM_PKCS8, 0600);
	check_date(
	        "an expired certificate", -3 * DAY, -2 * DAY, -EKEYEXPIRED, "certificate-expired");
	check_date("a certificate that is not valid yet", DAY, 2 * DAY, -EAGAIN,
	        "certificate-not-yet-valid");
	check_date("a certificate in its last minute", -DAY, 60, 0, NULL);
	test_bad();
	test_mode();
	test_shown();
	test_uri();
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(issuer);
	fixture_close();
	return tap_finish();
}
