using Kindred.Cli;
using Kindred.Cli.Options;
using Kindred.Neural;

using var interruption = new ShutdownSignal();
return await CommandLine.Run(
    args, interruption.Token, new() { Trainers = NeuralTrainers.Catalog, TrainCrossNetwork = CrossNetworkTraining.Train });
