namespace Kindred.Cli.Output;

/// <summary>The command as it was typed, to be typed again.</summary>
internal static class CommandText
{
    public static string Text { get; } =
        string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Prepend("kindred").Select(Quoted));

    private static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || "-_./:=,@+%".Contains(c))
            ? argument
            : $"'{argument.Replace("'", @"'\''")}'";
}
