"""One engine case in PyTorch, the peer of engine-case.ts. Arguments: net as JSON, mode, threads.

Reads a number of calls a line, makes them and prints their figures; ends with its input.
"""

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

net = json.loads(sys.argv[1])
mode = sys.argv[2]
torch.set_num_threads(int(sys.argv[3]))
torch.manual_seed(1)


class Residual(nn.Module):
    def __init__(self, main, shortcut):
        super().__init__()
        self.main, self.shortcut = sequence(main), sequence(shortcut)

    def forward(self, x):
        return self.main(x) + self.shortcut(x)


class GlobalAveragePool(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor


def sequence(layers):
    return nn.Sequential(*[build(layer) for layer in layers])


def build(layer):
    kind = layer["type"]
    if kind == "conv2d":
        kernel, stride, padding = layer["kernel"], layer["stride"], layer["padding"]
        return nn.Conv2d(layer["in"], layer["out"], kernel, stride, padding, bias=layer["bias"])
    if kind == "linear":
        return nn.Linear(layer["in"], layer["out"])
    if kind == "batchnorm2d":
        return nn.BatchNorm2d(layer["features"], eps=layer["eps"], momentum=layer["momentum"])
    if kind == "maxpool2d":
        return nn.MaxPool2d(layer["kernel"], layer["stride"])
    if kind == "scale":
        return Scale(layer["factor"])
    if kind == "dropout":
        return nn.Dropout(layer["p"])
    if kind == "residual":
        return Residual(layer["main"], layer["shortcut"])
    return {"relu": nn.ReLU, "flatten": nn.Flatten, "globalavgpool": GlobalAveragePool}[kind]()


model = sequence(net["model"]["layers"])
parameters = list(model.parameters())
shape = [net["examples"], *net["model"]["inputShape"]]
images = torch.sin(torch.arange(math.prod(shape), dtype=torch.float32) * 12.9898).reshape(shape)
labels = torch.arange(net["examples"]) * 7 % net["model"]["classes"]


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
    model.eval()
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
    mode
]


def run(calls):
    durations, processor_times = [], []
    for _ in range(calls):
        processor, start = time.process_time(), time.perf_counter()
        call()
        durations.append((time.perf_counter() - start) * 1000)
        processor_times.append((time.process_time() - processor) * 1000)
    return {
        "milliseconds": statistics.median(durations),
        "cpuMilliseconds": statistics.median(processor_times),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


for line in sys.stdin:
    print(json.dumps(run(int(line))), flush=True)
