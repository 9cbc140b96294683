namespace Kindred.Cli.Output;

/// <summary>The command as it was typed, to be typed again.</summary>
internal static class CommandText
{
    public static string Text { get; private set; } = Of(Environment.GetCommandLineArgs().Skip(1).Prepend("kindred"));

    /// <summary>Adds what was not typed, but holds all the same.</summary>
    public static void Complete(IEnumerable<string> arguments) => Text = $"{Text} {Of(arguments)}";

    public static string Of(IEnumerable<string> arguments) => string.Join(' ', arguments.Select(PlainText.Word));
}
