using Kindred.Cli;
using Kindred.Neural;

NeuralTrainers.Register();
using var interruption = new Interruption();
return await CommandLine.Run(args, interruption.Token);
