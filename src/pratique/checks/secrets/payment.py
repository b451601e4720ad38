"""Credentials of payment, trade and finance, and keys of wallets."""

from __future__ import annotations

from pratique.checks.secret import ALNUM, BASE58, DOTTED, HEX, LOWER, URLSAFE, SecretRule, SecretRules, assigned, token
from pratique.model import Severity

_CRITICAL, _LOW = Severity.CRITICAL, Severity.LOW

RULES = SecretRules(
    "payment",
    "Payment, trade and wallets",
    (
        token("stripe-secret-key", "Stripe", "sk_live_", ALNUM, 24, 120, severity=_CRITICAL),
        token("stripe-restricted-key", "Stripe", "rk_live_", ALNUM, 24, 120, severity=_CRITICAL),
        token("stripe-test-key", "Stripe", "sk_test_", ALNUM, 24, 120, severity=_LOW),
        token("stripe-restricted-test-key", "Stripe", "rk_test_", ALNUM, 24, 120, severity=_LOW),
        token("stripe-webhook-secret", "Stripe", "whsec_", ALNUM, 32, 72),
        token("square-access-token", "Square", "EAAA", URLSAFE, 60, text=True, entropy=3.8),
        token("square-application-secret", "Square", "sq0csp-", URLSAFE, 43),
        token("square-personal-token", "Square", "sq0atp-", URLSAFE, 22),
        token("paypal-access-token", "PayPal", "access_token$production$", r"[a-z0-9$]", 48, 56),
        assigned("paypal-client-secret", "PayPal", r"paypal[a-z_.-]{0,12}secret", URLSAFE, 80, words=("paypal",)),
        token("braintree-token", "Braintree", "access_token$sandbox$", r"[a-z0-9$]", 48, 56, severity=_LOW),
        assigned("braintree-private-key", "Braintree", r"braintree[a-z_.-]{0,12}(?:private|secret)", HEX, 32, words=("braintree",)),
        assigned("adyen-key", "Adyen", "adyen", r"[A-Za-z0-9+/=*_-]", 60, 240),
        assigned("plaid-secret", "Plaid", r"plaid[a-z_.-]{0,12}secret", HEX, 30, words=("plaid",)),
        SecretRule(
            "plaid-access-token",
            "Plaid",
            r"access-(?:sandbox|development|production)-",
            "[0-9a-f-]",
            36,
            36,
            ("access-sandbox-", "access-development-", "access-production-"),
            entropy=2.8,
            example="access-production-8ab976e6-64bc-4b38-98f7-731e7a349970",
        ),
        token("razorpay-key", "Razorpay", "rzp_live_", ALNUM, 14),
        token("razorpay-test-key", "Razorpay", "rzp_test_", ALNUM, 14, severity=_LOW),
        assigned("mollie-key", "Mollie", "mollie", r"[A-Za-z0-9_]", 35),
        token("flutterwave-secret", "Flutterwave", "FLWSECK-", LOWER, 32, 40),
        token("flutterwave-test-secret", "Flutterwave", "FLWSECK_TEST-", LOWER, 32, 40, severity=_LOW),
        assigned("gocardless-token", "GoCardless", "gocardless", r"[A-Za-z0-9_=-]", 40, 50),
        token("checkout-secret-key", "Checkout.com", "sk_sbox_", LOWER, 26, 40, severity=_LOW),
        assigned("paystack-secret", "Paystack", "paystack", HEX, 40),
        token("paddle-api-key", "Paddle", "pdl_live_apikey_", r"[A-Za-z0-9_]", 49, 52),
        assigned("lemonsqueezy-key", "Lemon Squeezy", r"lemon_?squeezy", DOTTED, 100, 1000, words=("lemon",)),
        token("shopify-access-token", "Shopify", "shpat_", HEX, 32),
        token("shopify-custom-token", "Shopify", "shpca_", HEX, 32),
        token("shopify-private-token", "Shopify", "shppa_", HEX, 32),
        token("shopify-shared-secret", "Shopify", "shpss_", HEX, 32),
        token("shopify-refresh-token", "Shopify", "shprt_", HEX, 32),
        token("duffel-token", "Duffel", "duffel_live_", URLSAFE, 43),
        token("easypost-key", "EasyPost", "EZAK", ALNUM, 54, text=True),
        token("easypost-test-key", "EasyPost", "EZTK", ALNUM, 54, text=True, severity=_LOW),
        token("shippo-token", "Shippo", "shippo_live_", HEX, 40),
        token("shippo-test-token", "Shippo", "shippo_test_", HEX, 40, severity=_LOW),
        token("lob-key", "Lob", "live_pub_", HEX, 31),
        assigned("coinbase-secret", "Coinbase", "coinbase", BASE58, 64, 88, structure="varied"),
        assigned("binance-secret", "Binance", "binance", ALNUM, 64),
        assigned("kraken-secret", "Kraken", "kraken", r"[A-Za-z0-9+/]", 86),
        assigned("kucoin-secret", "KuCoin", "kucoin", "[0-9a-f-]", 36),
        assigned("bitfinex-secret", "Bitfinex", "bitfinex", ALNUM, 43),
        assigned("etherscan-key", "Etherscan", "etherscan", "[A-Z0-9]", 34),
        assigned("infura-secret", "Infura", "infura", HEX, 32),
        assigned("alchemy-key", "Alchemy", "alchemy", URLSAFE, 32, structure="varied"),
        assigned(
            "ethereum-private-key",
            "Ethereum",
            r"(?:eth(?:ereum)?|wallet|deployer|signer|private)_?(?:private)?_?key[\"']?\s{0,3}[:=]\s{0,3}[\"']?0x",
            HEX,
            64,
            words=("_key", "privatekey", "ethkey", "walletkey"),
        ),
        SecretRule(
            "extended-private-key", "BIP 32", "xprv", BASE58, 100, 108, ("xprv",), entropy=4.0, literal="xprv9", severity=_CRITICAL, example="xprv9{}"
        ),
    ),
    "docs.stripe.com/keys, developer.squareup.com, plaid.com/docs, shopify.dev, BIP 32, each issuer's documentation",
)
