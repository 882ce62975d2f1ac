# Rookery for compose.yaml and examples/kubernetes; everything it runs comes from this project's own lock file.
FROM node:22-bookworm-slim AS packages
WORKDIR /rookery
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
WORKDIR /rookery
COPY --from=packages /rookery/node_modules node_modules
COPY package.json package-lock.json rookery ./
COPY scripts/run.sh scripts/
COPY src src
# Newer than the lock file: what is there is complete, and nothing is installed at start.
RUN touch node_modules/.package-lock.json && mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["./rookery"]
CMD ["serve", "--host", "0.0.0.0", "--data", "/data"]
