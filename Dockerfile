# The steps of tools/bootstrap.sh, in stages: only what runs is in the last ones.
FROM node:20-bookworm-slim AS pwa
WORKDIR /src/pwa
COPY pwa/package.json pwa/package-lock.json pwa/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY pwa ./
RUN npm run --silent build

FROM python:3.11-slim-bookworm AS python
WORKDIR /src
RUN python -m venv /opt/terrain
COPY requirements/run.txt requirements/
RUN /opt/terrain/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md ./
COPY sync sync
COPY backend backend
RUN /opt/terrain/bin/pip install --no-index --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm AS base
RUN apt-get update \
  && apt-get install -y --no-install-recommends libzbar0 \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin terrain \
  && install -d -o terrain -g terrain -m 700 /var/lib/terrain
COPY --from=python /opt/terrain /opt/terrain
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/terrain/bin/terrain"]

# `terrain bridge` alone: Chromium is nowhere else.
FROM base AS bridge
RUN apt-get update \
  && apt-get install -y --no-install-recommends chromium \
  && rm -rf /var/lib/apt/lists/*
USER terrain
EXPOSE 8710
CMD ["bridge"]

FROM base AS run
COPY --from=pwa /src/pwa/dist /opt/terrain/pwa
USER terrain
VOLUME /var/lib/terrain
EXPOSE 8700
CMD ["serve"]
