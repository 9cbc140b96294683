using System.CommandLine;

namespace Kindred.Cli;

/// <summary>One thing that `kindred` does, with examples for its help.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public string[] Examples => examples;

    public Verb Runs(Action<ParseResult, Session> action) => Runs((parse, session) =>
    {
        action(parse, session);
        return Task.CompletedTask;
    });

    public Verb Runs(Func<ParseResult, Session, Task> action)
    {
        SetAction(async (parse, cancellation) =>
        {
            await action(parse, Session.Of(parse, cancellation));
            return 0;
        });
        return this;
    }
}
