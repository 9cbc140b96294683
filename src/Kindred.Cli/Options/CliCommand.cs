using System.CommandLine;

namespace Kindred.Cli.Options;

/// <summary>One thing that `kindred` does, with examples for its help.</summary>
internal sealed class CliCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public string[] Examples => examples;

    /// <summary>Sentences at the end of the help.</summary>
    public IReadOnlyList<string> Notes { get; set; } = [];

    /// <summary>What to write where a word without an option is given to a command that takes none; null: nothing to say.</summary>
    public string? InsteadOfArguments { get; set; }

    public CliCommand Runs(Action<ParseResult, CommandContext> action) => Runs((parse, session) =>
    {
        action(parse, session);
        return Task.CompletedTask;
    });

    public CliCommand Runs(Func<ParseResult, CommandContext, Task> action)
    {
        SetAction(async (parse, cancellation) =>
        {
            await action(parse, CommandContext.From(parse, cancellation));
            return 0;
        });
        return this;
    }
}
