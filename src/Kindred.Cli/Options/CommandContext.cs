using System.CommandLine;
using Kindred.Cli.Output;
using Kindred.Models;
using Kindred.Partitions;

namespace Kindred.Cli.Options;

/// <summary>What one run of a command works with.</summary>
/// <param name="Results">Standard output.</param>
/// <param name="Activity">Standard error.</param>
internal sealed record CommandContext(IPrinter Results, IStatus Activity, int Workers, int Seed, CancellationToken Cancellation)
{
    /// <summary>What the program that was started can do.</summary>
    public required TrainingProgram Program { get; init; }

    /// <summary>Those that may be named.</summary>
    public TrainerCatalog Trainers => Program.Trainers;

    /// <summary>Where neural models are trained.</summary>
    public string Device { get; init; } = "cpu";

    /// <exception cref="InputException">A value does not fit.</exception>
    public static CommandContext From(ParseResult parse, CancellationToken cancellation)
    {
        int workers = parse.GetValue(GlobalOptions.Threads);
        if (workers < 1) throw new InputException($"--threads must be at least 1, was {workers}.");
        IPrinter printer = parse.GetValue(GlobalOptions.Json) ? new JsonPrinter() : Terminal.IsOutput ? new TerminalPrinter()
            : new PlainPrinter();
        return new(printer, Terminal.IsError ? new TerminalStatus() : new PlainStatus(), workers, parse.GetValue(GlobalOptions.Seed),
            cancellation)
        {
            Program = ((ProgramInvocation)parse.InvocationConfiguration).Program,
            Device = parse.GetValue(GlobalOptions.Device)!,
        };
    }

    public TrainingContext Training => new() { Seed = Seed, Workers = Workers, Device = Device, Cancellation = Cancellation };

    public ComparisonOptions Comparison =>
        new() { Seed = Seed, Workers = Workers, Device = Device, Display = Activity, Command = CommandText.Text };

    public void Print(Block block) => Results.Print(block.OnOneLineEach());

    public void Print(IEnumerable<Block> blocks)
    {
        foreach (var block in blocks) Print(block);
    }

    /// <summary>Trains, with progress.</summary>
    /// <param name="epochFinished">As in <see cref="TrainingContext.EpochFinished"/>.</param>
    /// <param name="checkpoint">As in <see cref="TrainingContext.Checkpoint"/>.</param>
    public TrainedModel Train(
        ModelSpec spec, Interactions interactions, Func<FinishedEpoch, bool>? epochFinished = null, string? checkpoint = null) =>
        Activity.Run($"Training {spec.Name}", progress => spec.Train(
            interactions, Training with { EpochFinished = epochFinished, Checkpoint = checkpoint, Progress = progress }));

    /// <summary>Trains on partitions, with progress.</summary>
    public TrainedModel Train(ModelSpec spec, PartitionedFolder data) => Activity.Run(
        $"Training {spec.Name}", progress => PartitionedTraining.Train(spec.Trainer, data, Training with { Progress = progress }));
}
