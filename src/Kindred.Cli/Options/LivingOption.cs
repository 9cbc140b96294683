using System.CommandLine;

namespace Kindred.Cli.Options;

/// <summary>How commands name a living folder.</summary>
internal static class LivingOption
{
    public static Option<string> Data() => new("--data")
    {
        Description = "Living folder, which `kindred serve --data` made; its server may run.",
        HelpName = "folder",
        Required = true,
    };
}
