# syntax=docker/dockerfile:1
# docker build --target cpu -t datatool .     the CPU build of Paddle, and everything that runs without a GPU
# docker build --target gpu -t datatool:gpu . the CUDA 12.6 build of Paddle, and DALI; run it with --gpus all
# Nothing needs a larger /dev/shm.

FROM debian:bookworm-slim AS base
# libgomp is what Paddle and scikit-learn compute with; git and make are not needed at run time.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libgomp1 python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/datatool
ENV PATH=/opt/datatool/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1
COPY . /src
WORKDIR /src

FROM base AS cpu
RUN pip install --constraint constraints.txt '.[paddle,demo]'
WORKDIR /data
ENTRYPOINT ["datatool"]

FROM base AS gpu
# Paddle's CUDA builds lie in an index of their own, which Paddle's page on installing names; they bring the CUDA
# libraries with them.
ARG PADDLE_INDEX
RUN test -n "$PADDLE_INDEX" || { echo "PADDLE_INDEX must name Paddle's index for CUDA 12" >&2; exit 2; }
RUN pip install --constraint constraints.txt --extra-index-url "$PADDLE_INDEX" paddlepaddle-gpu==3.3.1 \
 && pip install --constraint constraints.txt '.[dali-cuda12,demo]'
WORKDIR /data
ENTRYPOINT ["datatool"]
