using Spectre.Console;

namespace Kindred.Cli.Output;

/// <summary>Which of the two streams is looked at by a person, with a terminal that can do more than text.</summary>
internal static class Terminal
{
    private const int MinWidth = 40;

    public static bool IsOutput => IsCapable && !Console.IsOutputRedirected;

    public static bool IsError => IsCapable && !Console.IsErrorRedirected;

    private static bool IsCapable =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null or "");

    public static IAnsiConsole On(TextWriter stream)
    {
        var console = AnsiConsole.Create(
            new() { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(stream) });
        console.Profile.Capabilities.Unicode = true; // the runtime writes UTF-8
        console.Profile.Width = Math.Max(MinWidth, console.Profile.Width);
        return console;
    }
}
