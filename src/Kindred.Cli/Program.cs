using Kindred.Cli;

using var interruption = new Interruption();
return await CommandLine.Run(args, interruption.Token);
