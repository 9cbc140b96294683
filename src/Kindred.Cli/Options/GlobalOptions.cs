using System.CommandLine;

namespace Kindred.Cli.Options;

/// <summary>Options that every verb has.</summary>
internal static class GlobalOptions
{
    public static IReadOnlyList<Option> All => [Json, Threads, Seed, Device];

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Write the result as one JSON object, and nothing else, to standard output.",
        Recursive = true,
    };

    public static Option<int> Threads { get; } = new("--threads")
    {
        Description = "Threads to use. Changes the time, never the result.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
        HelpName = "count",
        Recursive = true,
    };

    public static Option<int> Seed { get; } = new("--seed")
    {
        Description = "Random seed. Same seed, same data, same options: same result.",
        HelpName = "number",
        Recursive = true,
    };

    public static Option<string> Device { get; } = new("--device")
    {
        Description = "Where to train neural models: cpu, cuda or cuda:1.",
        DefaultValueFactory = _ => "cpu",
        HelpName = "name",
        Recursive = true,
    };
}
