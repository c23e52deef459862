/* SPDX-License-Identifier: Apache-2.0 */

/*
 * OpenSSL finds out what a key is and whether it needs a pass phrase, which it requests by a
 * callback; only then the file with the pass phrase is read. Without the callback it would ask the
 * terminal.
 *
 * PKCS#11 keys share a separate library context, so that the provider does not affect other keys.
 * It exists until the process ends: a token's module is initialized once per process, and unloading
 * the provider would end it for every key. Only one thread at a time uses it: pkcs11-provider 1.0
 * crashes otherwise, and a token signs sequentially anyway.
 */

#include "fetch/api/x509-key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/user-name.h"

#define KEY_FILE_MAX_SIZE (64 * 1024)
#define PASSPHRASE_FILE_MAX_SIZE 4096

/* A pass phrase that OpenSSL may request, and the result of reading it. */
struct passphrase {
	const char *file;
	const char *subject; /* the key, for messages */
	bool is_requested;
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
	char user[64];
	int r;

	if (!p->file)
		return reason_set(&p->reason, ENOKEY, "no-pass-phrase",
		        "%s: the private key needs a pass phrase; give the service the systemd "
		        "credential private-key-passphrase, or set private_key_passphrase_file",
		        p->subject);
	r = file_read(AT_FDCWD, p->file, PASSPHRASE_FILE_MAX_SIZE, ret);
	if (r < 0)
		return reason_set(&p->reason, -r, "pass-phrase-unreadable",
		        "%s: the pass phrase of the private key cannot be read: %s; the user %s "
		        "must be able to read it",
		        p->file, strerror(-r), user_name(user, sizeof(user)));
	drop_newline(ret);
	return 0;
}

/* A pem_password_cb. */
static int give_passphrase(char *buffer, int size, int writing, void *userdata)
{
	struct passphrase *p = userdata;
	_secret_ struct secret text = {};

	p->is_requested = true;
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

/*
 * Sets the reason why no key was read. otherwise: the end of the sentence if no secret is missing.
 */
static int fail_without_key(
        const struct passphrase *p, const char *otherwise, struct reason *ret_reason)
{
	ERR_clear_error();
	if (p->error < 0) {
		*ret_reason = p->reason;
		return p->error;
	}
	if (p->is_requested && !x509_key_is_uri(p->subject))
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
	char user[64];

	if (r < 0)
		return reason_set(ret_reason, -r, "private-key-unreadable",
		        "%s: the private key cannot be read: %s; the user %s must be able to read "
		        "it",
		        path, strerror(-r), user_name(user, sizeof(user)));
	bio = BIO_new_mem_buf(secret_string(&text), (int)text.size);
	if (!bio)
		abort();
	key->pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, passphrase);
	if (!key->pkey)
		return fail_without_key(passphrase,
		        "has no private key that OpenSSL can read; expected PEM, which begins with "
		        "-----BEGIN PRIVATE KEY----- or similar",
		        ret_reason);
	return 0;
}

/* OpenSSL with the provider, see above. NULL: not needed yet, or not installed. */
static OSSL_LIB_CTX *pkcs11_context;
static pthread_mutex_t pkcs11_mutex = PTHREAD_MUTEX_INITIALIZER;

static pthread_mutex_t *lock_pkcs11(bool is_needed)
{
	if (!is_needed)
		return NULL;
	pthread_mutex_lock(&pkcs11_mutex);
	return &pkcs11_mutex;
}

static void unlockp(pthread_mutex_t **mutex)
{
	if (*mutex)
		pthread_mutex_unlock(*mutex);
}

static int refuse_prompt(UI *ui, UI_STRING *string)
{
	return -1;
}

/* Without a PIN the provider would ask the terminal by OpenSSL's default method. */
static void forbid_prompts(void)
{
	UI_METHOD *silent = UI_create_method("no terminal");

	if (!silent || UI_method_set_reader(silent, refuse_prompt) != 0)
		abort(); /* out of memory */
	UI_set_default_method(silent);
}

/* Reads the system's openssl.cnf, which may load the provider and name its module. */
static void open_pkcs11(void)
{
	char *config = CONF_get1_default_config_file();
	OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *default_provider;

	if (!context)
		abort();
	if (config)
		OSSL_LIB_CTX_load_config(context, config);
	OPENSSL_free(config);
	default_provider = OSSL_PROVIDER_load(context, "default");
	if (default_provider && OSSL_PROVIDER_load(context, "pkcs11")) {
		pkcs11_context = context;
		forbid_prompts();
	} else {
		if (default_provider)
			OSSL_PROVIDER_unload(default_provider);
		OSSL_LIB_CTX_free(context);
	}
	ERR_clear_error();
}

static int use_pkcs11(const char *subject, struct x509_key *key, struct reason *ret_reason)
{
	if (!pkcs11_context)
		open_pkcs11();
	key->context = pkcs11_context;
	if (key->context)
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

/* Returns the first private key of the store, or NULL. */
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
	_cleanup_(unlockp) _unused_ pthread_mutex_t *locked = lock_pkcs11(true);
	_cleanup_(ui_method_freep) UI_METHOD *ui =
	        UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);
	_cleanup_(store_closep) OSSL_STORE_CTX *store = NULL;
	int r = use_pkcs11(passphrase->subject, key, ret_reason);

	if (r < 0)
		return r;
	store = OSSL_STORE_open_ex(uri, key->context, NULL, ui, passphrase, NULL, NULL, NULL);
	if (store && OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY))
		key->pkey = load_key(store);
	if (!key->pkey)
		return fail_without_key(passphrase,
		        "no token has this private key, or the PIN is wrong; check the URI, the "
		        "PIN and the module that openssl.cnf or PKCS11_PROVIDER_MODULE names",
		        ret_reason);
	return 0;
}

bool x509_key_is_uri(const char *location)
{
	return strncasecmp(location, "pkcs11:", strlen("pkcs11:")) == 0;
}

int x509_key_shown(const char *location)
{
	static const char *const secrets[] = {"pin-value", "pin-source"};
	size_t n = x509_key_is_uri(location) ? strcspn(location, "?") : strlen(location);

	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		const char *at = strcasestr(location, secrets[i]);

		if (at && (size_t)(at - location) < n)
			n = (size_t)(at - location);
	}
	while (n > 0 && strchr(";&?", location[n - 1]))
		n--;
	return (int)n;
}

int x509_key_read(const char *location, const char *passphrase_file, struct x509_key *ret,
        struct reason *ret_warning, struct reason *ret_reason)
{
	bool is_uri = x509_key_is_uri(location);
	_cleanup_(freep) char *subject = xstrndup(location, (size_t)x509_key_shown(location));
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

static void md_ctx_freep(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

int x509_key_sign(const struct x509_key *key, const void *data, size_t size, struct secret *ret)
{
	_cleanup_(unlockp) _unused_ pthread_mutex_t *locked = lock_pkcs11(key->context);
	_cleanup_(md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = 0;
	bool ok = ctx &&
	          EVP_DigestSignInit_ex(ctx, NULL, "SHA256", key->context, NULL, key->pkey, NULL) ==
	                  1 &&
	          EVP_DigestSign(ctx, NULL, &n, data, size) == 1 &&
	          EVP_DigestSign(ctx, (unsigned char *)secret_reserve(ret, n), &n, data, size) == 1;

	if (ok)
		secret_grown(ret, n);
	ERR_clear_error();
	return ok ? 0 : -EIO;
}

bool x509_key_matches(const struct x509_key *key, const EVP_PKEY *public)
{
	_cleanup_(unlockp) _unused_ pthread_mutex_t *locked = lock_pkcs11(key->context);
	int r = EVP_PKEY_eq(public, key->pkey);

	ERR_clear_error();
	return r == 1 || (r == -2 && key->context);
}

void x509_key_done(struct x509_key *key)
{
	_cleanup_(unlockp) _unused_ pthread_mutex_t *locked = lock_pkcs11(key->context);

	EVP_PKEY_free(key->pkey);
	*key = (struct x509_key){};
}
