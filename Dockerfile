FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# Copy the project files first, so that the layer with the restored packages is reused until they change.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/BatchesApi/BatchesApi.csproj src/BatchesApi/
RUN dotnet restore src/BatchesApi --use-current-runtime -p:PublishReadyToRun=true -p:DevServer=false

# Compile ahead of time for the architecture of the build, which is that of the image.
# The binary contains the guides, which it shows as pages.
COPY .editorconfig CHANGELOG.md CONTRIBUTING.md SECURITY.md ./
COPY docs docs
COPY clients clients
COPY src src
RUN dotnet publish src/BatchesApi --no-restore --configuration Release --output /app \
    --use-current-runtime --no-self-contained -p:PublishReadyToRun=true -p:DevServer=false

# Chiseled: no shell, no package manager, a non-root user, port 8080. "extra" adds ICU and the time zones.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra

# Set these when you publish the image.
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Batches API" \
      org.opencontainers.image.description="REST server for batches, on PostgreSQL" \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION
WORKDIR /app
COPY --from=build /app .
USER $APP_UID

EXPOSE 8080
# The image has no curl, so the server probes itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/app/BatchesApi", "ready"]
ENTRYPOINT ["/app/BatchesApi"]
