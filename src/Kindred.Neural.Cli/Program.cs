using Kindred.Cli;
using Kindred.Cli.Options;
using Kindred.Neural;

PipelineTraining.TrainCrossNetwork = CrossNetworkTraining.Train;
using var interruption = new ShutdownSignal();
return await CommandLine.Run(args, interruption.Token, NeuralTrainers.Catalog);
