using System.CommandLine;
using System.CommandLine.Parsing;

namespace Kindred.Cli.Options;

/// <summary>Values that would be taken for something else: 0,5 for 5, and nothing for a file.</summary>
internal static class OptionValues
{
    private static readonly Type[] Fractional = [typeof(double), typeof(double?), typeof(float), typeof(float?)];

    /// <returns>A sentence about the first of them; null: there is none.</returns>
    public static string? FaultIn(ParseResult parse)
    {
        foreach (var result in parse.CommandResult.Children)
        {
            foreach (var token in result.Tokens)
            {
                if (result is ArgumentResult && string.IsNullOrWhiteSpace(token.Value))
                    return "A source has no name; name a file or a folder.";
                if (result is OptionResult option && FaultIn(option.Option, token.Value) is { } fault) return fault;
            }
        }
        return null;
    }

    private static string? FaultIn(Option option, string value) =>
        Fractional.Contains(option.ValueType) && value.Contains(',', StringComparison.Ordinal)
            ? $"{option.Name} must be a number, was '{value}'; write a point before the fraction, such as 0.5."
        : option.HelpName is "file" or "folder" && string.IsNullOrWhiteSpace(value) ? $"{option.Name} is empty; name a {option.HelpName}."
        : null;
}
