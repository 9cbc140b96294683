using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Retrieval;
using Kindred.Snapshots;
using Kindred.Splitting;

namespace Kindred.Cli.Commands;

/// <summary>`kindred demo`: the whole way, from a ratings file to carousels.</summary>
internal static class DemoCommand
{
    private const int Users = 3;

    public static Command Create()
    {
        var output = new Option<string>("--out", "-o")
        {
            Description = "Folder for the snapshot.",
            DefaultValueFactory = _ => "kindred-demo",
            HelpName = "folder",
        };
        var fromZero = new Option<bool>("--from-zero")
        {
            Description = "Replay the events in time, as a shop that begins with nothing: what it serves when, and what that is worth.",
        };
        var verb = new CliCommand("demo", "Try everything on real films: import, compare models, publish the best, recommend.",
            "kindred demo",
            "kindred demo my-ratings.csv --item-attributes my-films.csv",
            "kindred demo --from-zero") { output, fromZero };
        var source = new SourceOptions(verb, "Data to use instead of samples/movielens.");
        return verb.Runs((parse, session) =>
        {
            if (parse.GetValue(fromZero))
            {
                using var replayed = OpenSource(source, parse, session, out _);
                FromZeroDemo.Run(replayed.Dataset, session);
                return;
            }
            string snapshots = Path.Combine(parse.GetRequiredValue(output), "snapshots");
            OutputPath.CheckSnapshots(snapshots, session);
            using var opened = OpenSource(source, parse, session, out string name);
            var dataset = opened.Dataset;
            PrintData(opened, session);
            var choice = Choose(dataset, session);
            using var snapshot = Publish(choice, dataset, snapshots, session);
            var list = new ItemList(dataset.Interactions.Items, dataset.ItemCatalog);
            var (model, carousels) = ShowCarousels(choice, snapshot, dataset, list, session);
            PrintNext(snapshots, name, carousels[0].UserId, session);
            session.Print(new JsonResult(new
            {
                import = opened.Summary,
                report = choice.Main.ToReport(),
                knownUsers = choice.KnownUsers?.ToReport(),
                snapshot = snapshot.Path,
                carousels = carousels.Select(c => new { c.UserId, model, items = list.ToJson(c.Items) }),
            }));
        });
    }

    /// <param name="name">How to name the source in the next command.</param>
    private static DataSource OpenSource(SourceOptions options, ParseResult parse, CommandContext session, out string name)
    {
        if (options.SourcesIn(parse) is [var given, ..])
        {
            name = given;
            return DataSource.Open(options, parse, session);
        }
        name = SampleData.Find() ?? throw new InputException(
            "The sample data, samples/movielens, is neither here nor beside the program; run the demo in the repository, or name a FILE.");
        return DataSource.Import(options.ImportOptionsIn(parse) with { Sources = [name] }, session);
    }

    private static void PrintData(DataSource opened, CommandContext session)
    {
        session.Print(new Heading("1  The data"));
        session.Print(opened.Summary is { } summary ? ImportView.Of(summary) : ImportView.Of(opened.Dataset));
    }

    private static PublishChoice Choose(DataFolder dataset, CommandContext session)
    {
        var choice = ModelComparison.Run(dataset.Interactions, session.Comparison, cancellationToken: session.Cancellation);
        var (main, known) = (choice.Main, choice.KnownUsers);
        session.Print(new Heading("2  How the data is split"));
        session.Print(ComparisonView.Protocol(main.Baseline.Report));
        session.Print(new Heading("3  Which model is best"));
        session.Print(new Paragraph(
            $"{Format.Many(main.Models.Count, "model")}, options at their defaults; each list is ranked from " +
            $"all {Format.Many(main.Counts.Items, "item")}."));
        session.Print(ComparisonView.Leaderboard(main));
        session.Print(ComparisonView.Verdicts(main));
        if (known is null) return choice;

        session.Print(new Heading("4  Which model is best for known users"));
        session.Print(new Paragraph(
            $"Only {Format.Many(main.Counts.WarmUsers, "measured user")} had a history before the split; to compare personal models "
            + $"takes at least {PublishChoice.FewestKnownUsers}. So the models are compared again, on each user's last event."));
        session.Print(ComparisonView.Protocol(known.Baseline.Report));
        session.Print(ComparisonView.Leaderboard(known));
        session.Print(ComparisonView.Verdicts(known));
        return choice;
    }

    private static Snapshot Publish(PublishChoice choice, DataFolder dataset, string snapshots, CommandContext session)
    {
        session.Print(new Heading("5  Publish the winner, trained again on all data"));
        var (model, fallback) = (choice.Winner.Model, choice.Fallback);
        string path = choice.Winner.Train(dataset.Interactions, session.Cancellation).Publish(snapshots);
        session.Print(new Paragraph(choice.IsPersonal
            ? $"Published {model.Name} for users with a history, {fallback.Name} for everyone else, in {path}."
            : $"Published {model.Name}, the same for everyone, in {path}. No personal model is significantly better than popularity."));
        return Snapshot.Open(path, session.Trainers);
    }

    /// <returns>The name of the model that made them, and the carousels.</returns>
    private static (string Model, Carousel[] Carousels) ShowCarousels(
        PublishChoice choice, Snapshot snapshot, DataFolder dataset, ItemList list, CommandContext session)
    {
        var interactions = dataset.Interactions;
        session.Print(new Heading($"6  What a new user sees: {choice.Fallback.Name}"));
        var recommender = Recommender.From(snapshot);
        session.Print(list.ToCarousel(recommender.Recommend(new RecommendRequest { Count = Carousel.Length }).Items));

        var shown = choice.BestPersonal?.Spec ?? choice.Fallback;
        session.Print(new Heading($"7  What three users see: {shown.Name}"));
        if (!choice.IsPersonal && choice.BestPersonal is { } best)
        {
            session.Print(new Paragraph($"{best.Verdict} It is shown here, but not published."));
            recommender = Recommender.From(interactions, session.Train(shown, interactions).Model, snapshot.Model, shown.Name);
        }
        Carousel[] carousels = [.. DiverseUsers.Find(interactions, list.Kinds, Users)
            .Select(user => Carousel.Of(interactions, user, recommender))];
        session.Print(carousels.SelectMany(carousel => carousel.ToBlocks(list)));
        return (shown.Name, carousels);
    }

    private static void PrintNext(string snapshots, string source, string userId, CommandContext session)
    {
        session.Print(new Heading("What to try next"));
        session.Print(new CommandLines(
        [
            CommandText.Of(["kindred", "serve", "--snapshot", snapshots]),
            $"curl 'http://127.0.0.1:5080/v1/users/{Uri.EscapeDataString(userId)}/recommendations?count=5'",
            CommandText.Of(["kindred", "recommend", source, "--user", userId, "--model", "implicit-als"]),
            "kindred inspect your-own-events.csv",
        ]));
        if (IsOnPath) return;
        string program = Path.Combine(AppContext.BaseDirectory, "kindred");
        session.Print(new Paragraph($"Here, kindred is {Path.GetRelativePath(Directory.GetCurrentDirectory(), program)}."));
    }

    private static bool IsOnPath =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, "kindred")));
}
