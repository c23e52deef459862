/* SPDX-License-Identifier: Apache-2.0 */

/*
 * OpenSSL decides by itself what a key is and whether it needs a pass phrase, which it then asks us
 * for: so the file with the pass phrase is read only then. Without an answer of ours it would ask
 * the terminal.
 *
 * A PKCS#11 key gets a library context of its own with the system's openssl.cnf, where the module
 * of the token is configured, so that loading the provider changes nothing for anybody else.
 */

#include "x509-key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../common/alloc.h"
#include "../common/file.h"

#define KEY_FILE_MAX_SIZE (64 * 1024)
#define PASSPHRASE_FILE_MAX_SIZE 4096

/* What OpenSSL's question for a pass phrase led to. */
struct passphrase {
	const char *file;
	const char *subject; /* the key, for messages */
	bool is_asked;
	int error;
	struct reason reason;
};

static void drop_newline(struct secret *text)
{
	if (text->size > 0 && text->data[text->size - 1] == '\n')
		text->size--;
	if (text->size > 0 && text->data[text->size - 1] == '\r')
		text->size--;
}

static int read_passphrase(struct passphrase *p, struct secret *ret)
{
	int r;

	if (!p->file)
		return reason_set(&p->reason, ENOKEY, "no-pass-phrase",
		        "%s: the private key needs a pass phrase; give the service the systemd "
		        "credential private-key-passphrase, or set private_key_passphrase_file",
		        p->subject);
	r = file_read(AT_FDCWD, p->file, PASSPHRASE_FILE_MAX_SIZE, ret);
	if (r < 0)
		return reason_set(&p->reason, -r, "pass-phrase-unreadable",
		        "%s: the pass phrase of the private key cannot be read: %s", p->file,
		        strerror(-r));
	drop_newline(ret);
	return 0;
}

/* A pem_password_cb. */
static int give_passphrase(char *buffer, int size, int writing, void *userdata)
{
	struct passphrase *p = userdata;
	_secret_ struct secret text = {};

	p->is_asked = true;
	p->error = read_passphrase(p, &text);
	if (p->error < 0)
		return -1;
	if (text.size >= (size_t)size) {
		p->error = reason_set(&p->reason, E2BIG, "pass-phrase-too-long",
		        "%s: the pass phrase is longer than %d characters", p->file, size - 1);
		return -1;
	}
	memcpy(buffer, secret_string(&text), text.size);
	return (int)text.size;
}

/* Why there is no key: for want of the right pass phrase, or for other reasons. */
static int explain(const struct passphrase *p, const char *otherwise, struct reason *ret_reason)
{
	ERR_clear_error();
	if (p->error < 0) {
		*ret_reason = p->reason;
		return p->error;
	}
	if (p->is_asked)
		return reason_set(ret_reason, EKEYREJECTED, "wrong-pass-phrase",
		        "%s: the pass phrase in %s does not open the private key; correct it",
		        p->subject, p->file);
	return reason_set(ret_reason, EBADMSG, "bad-private-key", "%s: %s", p->subject, otherwise);
}

static void bio_freep(BIO **bio)
{
	BIO_free(*bio);
}

static void check_mode(const char *path, struct reason *ret_warning)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH)))
		reason_set(ret_warning, EPERM, "exposed-private-key",
		        "%s: every user of this machine can %s the private key; chmod o-rwx it",
		        path, st.st_mode & S_IROTH ? "read" : "change");
}

static int read_file(const char *path, struct passphrase *passphrase, struct x509_key *key,
        struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	_cleanup_(bio_freep) BIO *bio = NULL;
	int r = file_read(AT_FDCWD, path, KEY_FILE_MAX_SIZE, &text);

	if (r < 0)
		return reason_set(ret_reason, -r, "private-key-unreadable",
		        "%s: the private key cannot be read: %s", path, strerror(-r));
	bio = BIO_new_mem_buf(secret_string(&text), (int)text.size);
	if (!bio)
		abort();
	key->pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, passphrase);
	if (!key->pkey)
		return explain(passphrase,
		        "has no private key that OpenSSL can read; expected PEM, which begins with "
		        "-----BEGIN PRIVATE KEY----- or its kin",
		        ret_reason);
	return 0;
}

/* The provider in a context of its own, as the system's openssl.cnf has it. */
static int open_context(const char *subject, struct x509_key *key, struct reason *ret_reason)
{
	char *config = CONF_get1_default_config_file();

	key->context = OSSL_LIB_CTX_new();
	if (!key->context)
		abort();
	if (config)
		OSSL_LIB_CTX_load_config(key->context, config);
	OPENSSL_free(config);
	key->default_provider = OSSL_PROVIDER_load(key->context, "default");
	key->provider = OSSL_PROVIDER_load(key->context, "pkcs11");
	ERR_clear_error();
	if (key->default_provider && key->provider)
		return 0;
	return reason_set(ret_reason, EOPNOTSUPP, "no-pkcs11-provider",
	        "%s: OpenSSL's provider \"pkcs11\" is not installed (no usable pkcs11.so in %s); "
	        "install pkcs11-provider, or give the key as a PEM file",
	        subject, OPENSSL_info(OPENSSL_INFO_MODULES_DIR));
}

static void ui_method_freep(UI_METHOD **method)
{
	UI_destroy_method(*method);
}

static void store_closep(OSSL_STORE_CTX **store)
{
	OSSL_STORE_close(*store);
}

/* The first private key that the URI stands for. */
static EVP_PKEY *load_key(OSSL_STORE_CTX *store)
{
	EVP_PKEY *pkey = NULL;

	while (!pkey && !OSSL_STORE_eof(store) && !OSSL_STORE_error(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			pkey = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	return pkey;
}

static int read_uri(const char *uri, struct passphrase *passphrase, struct x509_key *key,
        struct reason *ret_reason)
{
	_cleanup_(ui_method_freep) UI_METHOD *ui =
	        UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);
	_cleanup_(store_closep) OSSL_STORE_CTX *store = NULL;
	int r = open_context(passphrase->subject, key, ret_reason);

	if (r < 0)
		return r;
	store = OSSL_STORE_open_ex(uri, key->context, NULL, ui, passphrase, NULL, NULL, NULL);
	if (store && OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY))
		key->pkey = load_key(store);
	if (!key->pkey)
		return explain(passphrase,
		        "no token has this private key; check the URI, the PIN and the module that "
		        "openssl.cnf or PKCS11_PROVIDER_MODULE names",
		        ret_reason);
	return 0;
}

bool x509_key_is_uri(const char *location)
{
	return strncasecmp(location, "pkcs11:", strlen("pkcs11:")) == 0;
}

int x509_key_read(const char *location, const char *passphrase_file, struct x509_key *ret,
        struct reason *ret_warning, struct reason *ret_reason)
{
	bool is_uri = x509_key_is_uri(location);
	/* Behind the '?', or in a path somebody got wrong, there may be a PIN. */
	_cleanup_(freep) char *subject =
	        xstrndup(location, is_uri ? strcspn(location, "?") : strlen(location));
	struct passphrase passphrase = {.file = passphrase_file, .subject = subject};
	_cleanup_(x509_key_done) struct x509_key key = {};
	int r;

	ERR_clear_error();
	if (is_uri)
		r = read_uri(location, &passphrase, &key, ret_reason);
	else
		r = read_file(location, &passphrase, &key, ret_reason);
	if (r < 0)
		return r;
	*ret_warning = (struct reason){};
	if (!is_uri)
		check_mode(location, ret_warning);
	*ret = key;
	key = (struct x509_key){};
	return 0;
}

void x509_key_done(struct x509_key *key)
{
	EVP_PKEY_free(key->pkey);
	if (key->provider)
		OSSL_PROVIDER_unload(key->provider);
	if (key->default_provider)
		OSSL_PROVIDER_unload(key->default_provider);
	OSSL_LIB_CTX_free(key->context);
	*key = (struct x509_key){};
}
