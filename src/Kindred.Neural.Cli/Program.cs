using Kindred.Cli;
using Kindred.Neural;

PipelineTraining.TrainCrossNetwork = CrossNetworkTraining.Train;
using var interruption = new ShutdownSignal();
return await CommandLine.Run(args, interruption.Token, NeuralTrainers.Catalog);
