"""One engine case in PyTorch, the peer of engine-case.ts: prints {"milliseconds", "megabytes"}."""

import json
import math
import resource
import statistics
import sys
import time

import torch
from torch import nn

MICRO_BATCHES_OF_STEP = 4
LAMBDA = 0.01

case = json.loads(sys.argv[1])
net = case["net"]
torch.set_num_threads(case["threads"])
torch.manual_seed(1)


def build():
    channels, height, width = net["inputShape"]
    layers = []
    for entry in net["widths"]:
        if entry == "pool":
            layers.append(nn.MaxPool2d(2))
            height, width = height // 2, width // 2
        else:
            layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.ReLU()]
            channels = entry
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * height * width, net["classes"]))


model = build()
parameters = list(model.parameters())
shape = [net["examples"], *net["inputShape"]]
images = torch.sin(torch.arange(math.prod(shape), dtype=torch.float32) * 12.9898).reshape(shape)
labels = torch.arange(net["examples"]) * 7 % net["classes"]


def accumulate(penalised):
    logits = model(images)
    loss = nn.functional.cross_entropy(logits, labels)
    gradients = torch.autograd.grad(loss, parameters, create_graph=penalised)
    squared_norm = sum((gradient**2).sum() for gradient in gradients)
    correct = (logits.argmax(1) == labels).sum()
    if penalised:
        penalty = torch.autograd.grad(squared_norm, parameters)
    for index, parameter in enumerate(parameters):
        gradient = gradients[index].detach()
        if penalised:
            gradient = gradient + LAMBDA * penalty[index]
        gradient = gradient / MICRO_BATCHES_OF_STEP
        parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
    return loss.item(), squared_norm.item(), correct.item()


def forward():
    with torch.no_grad():
        model(images)


def step():
    for _ in range(MICRO_BATCHES_OF_STEP):
        accumulate(True)
    with torch.no_grad():
        for parameter in parameters:
            parameter -= 0.01 * parameter.grad
            parameter.grad = None


call = {"forward": forward, "plain": lambda: accumulate(False), "penalised": lambda: accumulate(True), "step": step}[
    case["mode"]
]
durations = []
for index in range(case["warmUp"] + case["calls"]):
    start = time.perf_counter()
    call()
    if index >= case["warmUp"]:
        durations.append((time.perf_counter() - start) * 1000)

kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"milliseconds": statistics.median(durations), "megabytes": kilobytes / 1024}))
