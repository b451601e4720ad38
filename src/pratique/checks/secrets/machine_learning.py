"""Credentials of models and of what serves them."""

from __future__ import annotations

from pratique.checks.secret import ALNUM, BASE64, DOTTED, HEX, LOWER, URLSAFE, SecretRule, SecretRules, assigned, token
from pratique.model import Severity

_CRITICAL = Severity.CRITICAL

RULES = SecretRules(
    "machine-learning",
    "Models and what serves them",
    (
        SecretRule(
            "openai-api-key", "OpenAI", r"sk-[A-Za-z0-9]{20}T3BlbkFJ", ALNUM, 20, 20, ("t3blbkfj",), entropy=3.0, severity=_CRITICAL,
            trigger=r"T3BlbkFJ[A-Za-z0-9]{20}", example="OPENAI_API_KEY=sk-9aB2cD4eF6gH8iJ0kL1mT3BlbkFJ{}",
        ),
        token("openai-project-key", "OpenAI", "sk-proj-", URLSAFE, 70, 180, severity=_CRITICAL),
        token("openai-service-account-key", "OpenAI", "sk-svcacct-", URLSAFE, 70, 180, severity=_CRITICAL),
        token("openai-admin-key", "OpenAI", "sk-admin-", URLSAFE, 70, 180, severity=_CRITICAL),
        token("openai-session-token", "OpenAI", "sess-", ALNUM, 40, text=True),
        assigned("openai-key-old", "OpenAI", "openai", URLSAFE, 40, 60),
        token("anthropic-api-key", "Anthropic", "sk-ant-api03-", URLSAFE, 93, 100, severity=_CRITICAL),
        token("anthropic-admin-key", "Anthropic", "sk-ant-admin01-", URLSAFE, 93, 100, severity=_CRITICAL),
        token("anthropic-oauth-token", "Anthropic", "sk-ant-oat01-", URLSAFE, 80, 110, severity=_CRITICAL),
        token("anthropic-refresh-token", "Anthropic", "sk-ant-ort01-", URLSAFE, 80, 110),
        token("hugging-face-token", "Hugging Face", "hf_", ALNUM, 34, 37, severity=_CRITICAL),
        token("hugging-face-organisation-token", "Hugging Face", "api_org_", ALNUM, 34),
        assigned("cohere-api-key", "Cohere", r"(?:cohere|co_api_key)", ALNUM, 40, words=("cohere", "co_api_key"), structure="varied", entropy=3.8),
        token("perplexity-api-key", "Perplexity", "pplx-", ALNUM, 48),
        token("groq-api-key", "Groq", "gsk_", ALNUM, 52),
        token("xai-api-key", "xAI", "xai-", ALNUM, 80),
        token("replicate-token", "Replicate", "r8_", ALNUM, 37, 40),
        assigned("mistral-api-key", "Mistral", "mistral", ALNUM, 32, structure="varied"),
        assigned("deepseek-api-key", "DeepSeek", r"deepseek[a-z_.-]{0,12}[\"']?\s{0,3}[:=]\s{0,3}[\"']?sk-", HEX, 32, words=("deepseek",)),
        token("openrouter-api-key", "OpenRouter", "sk-or-v1-", HEX, 64),
        token("fireworks-api-key", "Fireworks", "fw_", ALNUM, 22, 24, text=True, entropy=3.8),
        token("together-api-key", "Together", "tgp_v1_", URLSAFE, 40, 60),
        assigned("together-api-key-old", "Together", "together", HEX, 64),
        assigned("stability-api-key", "Stability", "(?:stability|dreamstudio)", r"[A-Za-z0-9-]", 48, 52, words=("stability", "dreamstudio")),
        token("nvidia-api-key", "NVIDIA", "nvapi-", URLSAFE, 60, 72),
        token("pinecone-api-key", "Pinecone", "pcsk_", r"[A-Za-z0-9_]", 60, 80),
        assigned("pinecone-key-old", "Pinecone", "pinecone", "[0-9a-f-]", 36, structure="mixed"),
        assigned("weaviate-key", "Weaviate", "weaviate", BASE64, 40, 80),
        assigned("qdrant-key", "Qdrant", "qdrant", URLSAFE, 40, 80),
        token("langsmith-token", "LangSmith", "lsv2_pt_", r"[a-f0-9_]", 43),
        token("langsmith-service-key", "LangSmith", "lsv2_sk_", r"[a-f0-9_]", 43),
        token("langfuse-secret-key", "Langfuse", "sk-lf-", "[0-9a-f-]", 36),
        token("weights-and-biases-key", "Weights & Biases", "wandb_v1_", URLSAFE, 60, 90),
        assigned("wandb-api-key", "Weights & Biases", "(?:wandb|api\\.wandb\\.ai)", HEX, 40, words=("wandb",)),
        assigned("comet-api-key", "Comet", r"comet_(?:ml_)?api_?key", ALNUM, 25, words=("comet_",), structure="mixed"),
        assigned("neptune-token", "Neptune", r"neptune_api_token", BASE64, 80, 240, entropy=3.5),
        assigned("kaggle-key", "Kaggle", r"kaggle_?key", HEX, 32, words=("kaggle",)),
        SecretRule(
            "kaggle-json", "Kaggle", r'"key"\s{0,4}:\s{0,4}"', HEX, 32, 32, ('"key"',), named=True, entropy=3.0, paths=("kaggle.json",),
            example='{"username": "me", "key": "{}"}',
        ),
        token("elevenlabs-api-key", "ElevenLabs", "sk_", HEX, 48, text=True, entropy=3.2),
        assigned("assemblyai-key", "AssemblyAI", "assembly_?ai", HEX, 32, words=("assembly",)),
        assigned("deepgram-key", "Deepgram", "deepgram", HEX, 40),
        assigned("runpod-key", "RunPod", "rpa_", LOWER, 40, 60),
        token("modal-token-secret", "Modal", "as-", ALNUM, 22, text=True, entropy=3.8),
        assigned("voyage-key", "Voyage AI", r"voyage", DOTTED, 40, 60, structure="varied"),
        token("jina-key", "Jina", "jina_", URLSAFE, 60, 70),
        assigned("ai21-key", "AI21", "ai21", ALNUM, 32, structure="varied"),
        token("cerebras-key", "Cerebras", "csk-", LOWER, 48),
        assigned("baseten-key", "Baseten", "baseten", r"[A-Za-z0-9.]", 40, 42, structure="varied"),
        assigned("tavily-key", "Tavily", "tvly-(?:dev-)?", ALNUM, 32, words=("tvly-",)),
        token("databricks-token", "Databricks", "dapi", HEX, 32, text=True),
        token("databricks-oauth-secret", "Databricks", "dose", HEX, 32, text=True),
    ),
    "platform.openai.com/docs, docs.anthropic.com, huggingface.co/docs/hub/security-tokens, each issuer's documentation",
)
