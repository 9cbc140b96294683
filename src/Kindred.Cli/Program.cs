using Kindred.Cli;

using var interruption = new ShutdownSignal();
return await CommandLine.Run(args, interruption.Token);
