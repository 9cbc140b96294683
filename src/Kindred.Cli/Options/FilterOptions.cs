using System.CommandLine;

namespace Kindred.Cli.Options;

/// <summary>--where, --allow and --deny: which items may be answered.</summary>
internal sealed class FilterOptions
{
    private const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    private readonly Option<string[]> _where = Where();
    private readonly Option<string[]> _allow = new("--allow") { Description = "Only these items.", HelpName = "id,id" };
    private readonly Option<string[]> _deny = new("--deny") { Description = "None of these items.", HelpName = "id,id" };

    /// <summary>Adds them to the verb.</summary>
    public FilterOptions(CliCommand verb)
    {
        verb.Options.Add(_where);
        verb.Options.Add(_allow);
        verb.Options.Add(_deny);
    }

    public static Option<string[]> Where() => new("--where")
    {
        Description = "Only items whose attributes meet a condition: genres=Comedy|Drama, genres!=Horror, year>=1990, year=1990..1999. " +
            "More than one: all.",
        HelpName = "condition",
    };

    /// <returns>
    /// The request with what the options say. An id that the data do not know changes nothing, as over HTTP, but is named.
    /// </returns>
    public RecommendRequest Limit(
        RecommendRequest request, ParseResult parse, LoadedRecommender adviser, CommandContext session) => request with
        {
            Where = parse.GetValue(_where) ?? [],
            Deny = IdsOf(_deny, parse, adviser, session),
            Allow = parse.GetResult(_allow) is null ? null : IdsOf(_allow, parse, adviser, session),
        };

    private static string[] IdsOf(Option<string[]> option, ParseResult parse, LoadedRecommender adviser, CommandContext session)
    {
        const int Shown = 5;
        var items = adviser.Interactions.Items;
        string[] all =
        [
            .. (parse.GetValue(option) ?? [])
                .SelectMany(ids => items.TryGetIndex(ids, out _) ? [ids] : ids.Split(',', Trimmed)), // an id may have a comma in it
        ];
        string[] unknown = [.. all.Where(id => !items.TryGetIndex(id, out _)).Distinct(StringComparer.Ordinal)];
        if (unknown.Length > 0)
            session.Activity.Note($"Not in the data of {adviser.Name}, so without effect in {option.Name}: "
                + $"{string.Join(", ", unknown.Take(Shown))}{(unknown.Length > Shown ? $" and {unknown.Length - Shown} more" : "")}.");
        return all;
    }
}
