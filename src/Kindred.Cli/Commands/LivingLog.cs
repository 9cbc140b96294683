using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.OffPolicy;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Snapshots;

namespace Kindred.Cli.Commands;

/// <summary>The log of a living server, for `kindred ope --data`: what snapshots would have earned in place of what answered.</summary>
internal sealed class LivingLog
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "Living folder whose answers are the log; its server may run.",
        HelpName = "folder",
    };

    private readonly Option<int> _days = new("--days")
    {
        Description = "With --data: answers of so many last days.",
        HelpName = "count",
        DefaultValueFactory = _ => 14,
    };

    private readonly Option<int> _places = new("--places")
    {
        Description = "With --data: first places of an answer that count.",
        HelpName = "count",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _event = new("--event")
    {
        Description = "With --data: events of this type are successes. Default: all that count as a sign of interest.",
        HelpName = "type",
    };

    public IEnumerable<Option> All => [_data, _days, _places, _event];

    /// <returns>Null: it is about a file.</returns>
    public string? FolderOf(ParseResult parse) => parse.GetValue(_data);

    /// <param name="named">Snapshots; none: all that have not learned all answers.</param>
    /// <exception cref="InputException">There is nothing to judge, or nothing to judge by.</exception>
    public async Task<IReadOnlyList<OffPolicyReport>> Judge(ParseResult parse, string[] named, CommandContext session)
    {
        var (days, places) = (parse.GetValue(_days), parse.GetValue(_places));
        if (days is < 1 or > LoggedQuestion.MostDays)
            throw new InputException($"--days must be 1 to {LoggedQuestion.MostDays}, was {days}.");
        if (places is < 1 or > LoggedQuestion.MostPlaces)
            throw new InputException($"--places must be 1 to {LoggedQuestion.MostPlaces}, was {places}.");
        var folder = LivingFolder.Open(FolderOf(parse)!);
        await using var store = await folder.OpenStoreAsync(session.Cancellation);
        var shelf = new SnapshotShelf(folder, store, session.Trainers);
        string[] paths = [.. named.Select(name => PathOf(name, shelf))];
        using var question = await session.Activity.Run("Reading the log", _ => OpenQuestion.OpenAsync(
            new(days, places, parse.GetValue(_event)), paths, folder, store, shelf, session.Trainers, DateTimeOffset.UtcNow,
            session.Cancellation));
        var log = question.Log;
        if (log.Random == 0)
            session.Activity.Note("No place was filled at random, so that the log can only judge what answers alike. A stage that "
                + "explores, such as epsilonGreedy, in the pipeline changes that.");
        OffPolicyReport Judged(OtherPolicy policy) =>
            session.Activity.Run($"Judging {policy.Name}", _ => log.Judge(policy, session.Cancellation));
        return [.. question.Policies.Select(Judged)];
    }

    private static string PathOf(string name, SnapshotShelf shelf) => Snapshot.Is(name) ? name : shelf.Find(name).Path;
}
