using System.CommandLine;
using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Cli.Options;

/// <summary>--where, --allow and --deny: which items may be answered.</summary>
internal sealed class FilterOptions
{
    private const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    private readonly Option<string[]> _where = new("--where")
    {
        Description = "Only items whose attributes meet a condition: genres=Comedy|Drama, genres!=Horror, year>=1990, year=1990..1999. More than one: all.",
        HelpName = "condition",
    };
    private readonly Option<string[]> _allow = new("--allow") { Description = "Only these items.", HelpName = "id,id" };
    private readonly Option<string[]> _deny = new("--deny") { Description = "None of these items.", HelpName = "id,id" };

    /// <summary>Adds them to the verb.</summary>
    public FilterOptions(CliCommand verb)
    {
        verb.Options.Add(_where);
        verb.Options.Add(_allow);
        verb.Options.Add(_deny);
    }

    /// <returns>Null where nothing is said.</returns>
    /// <exception cref="InputException">There is no such attribute, label or item.</exception>
    public BitSet? AllowedIn(ParseResult parse, LoadedRecommender adviser) => new FilterCache(adviser.Catalog).Of(
        parse.GetValue(_where) ?? [],
        IndicesOf(_deny, parse, adviser),
        parse.GetResult(_allow) is null ? null : IndicesOf(_allow, parse, adviser));

    private static int[] IndicesOf(Option<string[]> option, ParseResult parse, LoadedRecommender adviser)
    {
        var items = adviser.Interactions.Items;
        // an id may have a comma in it
        string[] given = [.. (parse.GetValue(option) ?? []).SelectMany(ids => items.TryGetIndex(ids, out _) ? [ids] : ids.Split(',', Trimmed))];
        RequestLimits.Check(option.Name, "items", given.Length, RequestLimits.FilteredItems);
        return
        [
            .. given.Select(id => items.TryGetIndex(id, out int item)
                    ? item
                    : throw new InputException($"There is no item '{id}' in the data of {adviser.Name}.")),
        ];
    }
}
