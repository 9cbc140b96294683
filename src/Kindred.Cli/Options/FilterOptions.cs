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

    /// <returns>The request with what the options say.</returns>
    /// <exception cref="InputException">There is no such item.</exception>
    public RecommendRequest Limit(RecommendRequest request, ParseResult parse, LoadedRecommender adviser) => request with
    {
        Where = parse.GetValue(_where) ?? [],
        Deny = IdsOf(parse.GetValue(_deny) ?? [], adviser),
        Allow = parse.GetResult(_allow) is null ? null : IdsOf(parse.GetValue(_allow) ?? [], adviser),
    };

    /// <summary>A mistyped id is said, not passed over.</summary>
    private static string[] IdsOf(string[] given, LoadedRecommender adviser)
    {
        var items = adviser.Interactions.Items;
        return
        [
            .. given.SelectMany(ids => items.TryGetIndex(ids, out _) ? [ids] : ids.Split(',', Trimmed)) // an id may have a comma in it
                .Select(id => items.TryGetIndex(id, out _)
                    ? id
                    : throw new InputException($"There is no item '{id}' in the data of {adviser.Name}.")),
        ];
    }
}
