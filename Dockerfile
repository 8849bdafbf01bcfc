# One image holds every program; the command chooses the role:
#   worker --roles …    api    api --role=codec    starter bootstrap
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/ ./worker ./api ./starter ./sandbox

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/transporter --create-home transporter
COPY --from=build /out/ /usr/local/bin/
USER transporter
WORKDIR /var/lib/transporter
VOLUME /var/lib/transporter
CMD ["worker"]
