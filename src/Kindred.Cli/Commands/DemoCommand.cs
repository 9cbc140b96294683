using System.CommandLine;
using System.Text.Json;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Snapshots;
using Kindred.Splitting;
using Kindred.Storage;

namespace Kindred.Cli.Commands;

/// <summary>`kindred demo`: the whole way, from a ratings file to carousels.</summary>
internal static class DemoCommand
{
    private const int Users = 3, K = 10;

    public static Command Create()
    {
        var output = new Option<string>("--out", "-o")
        {
            Description = "Folder for the snapshot.",
            DefaultValueFactory = _ => "kindred-demo",
            HelpName = "folder",
        };
        var verb = new CliCommand("demo", "Go the whole way on real films: import, compare models, publish the best, recommend.",
            "kindred demo",
            "kindred demo my-ratings.csv --item-attributes my-films.csv") { output };
        var source = new SourceOptions(verb, "Other data than samples/movielens.", isRequired: false);
        return verb.Runs((parse, session) =>
        {
            string snapshots = Path.Combine(parse.GetRequiredValue(output), "snapshots");
            OutputPath.CheckSnapshots(snapshots, session);
            using var opened = OpenSource(source, parse, session, out string name);
            var dataset = opened.Dataset;
            PrintData(opened, session);
            var selection = Select(dataset, session);
            using var snapshot = Publish(selection, dataset, snapshots, session);
            var list = new ItemList(dataset.Interactions.Items, dataset.ItemCatalog);
            var (model, carousels) = ShowCarousels(selection, snapshot, dataset, list, session);
            PrintNext(snapshots, name, carousels[0].UserId, session);
            session.Print(new JsonResult(new
            {
                import = opened.Summary,
                report = selection.Main.ToReport(dataset.Manifest.Name, dataset.Fingerprint),
                knownUsers = selection.Known?.ToReport(dataset.Manifest.Name, dataset.Fingerprint),
                snapshot = snapshot.Path,
                carousels = carousels.Select(c => new { c.UserId, model, items = list.ToJson(c.Candidates, c.Reasons) }),
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
        name = Sample();
        return DataSource.Import(options.ImportOptionsIn(parse) with { Sources = [name] }, session);
    }

    /// <summary>The films that come with the repository: upwards from here, or from where the program is.</summary>
    private static string Sample()
    {
        foreach (string start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                string sample = Path.Combine(folder.FullName, "samples", "movielens");
                if (File.Exists(Path.Combine(sample, "ratings.csv"))) return Path.GetRelativePath(Directory.GetCurrentDirectory(), sample);
            }
        }
        throw new InputException(
            "The sample data, samples/movielens, is neither here nor beside the program; run the demo in the repository, or name a FILE.");
    }

    private static void PrintData(DataSource opened, CommandContext session)
    {
        session.Print(new Heading("1  The data"));
        foreach (var block in opened.Summary is { } summary ? ImportView.Of(summary) : ImportView.Of(opened.Dataset)) session.Print(block);
    }

    private static PublishChoice Select(DataFolder dataset, CommandContext session)
    {
        ISplitter splitter = dataset.Interactions.Histories.HasTimes ? new GlobalTimeSplit() : new RandomSplit { Seed = session.Seed };
        var holdout = splitter.Split(dataset.Interactions).Final;
        session.Print(new Heading("2  What the models may see"));
        foreach (var block in ComparisonView.Protocol(holdout)) session.Print(block);

        var rules = ComparisonOptions.At(K);
        var specs = ModelSpec.DefaultsFor(holdout.Train);
        session.Print(new Heading("3  Which model earned its place"));
        session.Print(new Paragraph(
            $"{Format.Many(specs.Count, "model")}, options at their defaults; "
            + $"every list is ranked out of all {Format.Many(holdout.Train.Items.Count, "item")}."));
        var main = ModelComparison.Of(specs, holdout, rules, session);
        foreach (var block in ComparisonView.Leaderboard(main)) session.Print(block);
        if (!PublishChoice.NeedsKnown(main)) return new(main, null);

        var lastEvents = new LeaveLastOut().Split(dataset.Interactions).Final;
        session.Print(new Heading("4  And among the users we know"));
        session.Print(new Paragraph(
            $"Only {Format.Many(main.Entrants[0].Report.Counts.WarmUsers, "measured user")} had a history before the cut: too few to tell "
            + "personal models apart. So, for the models that are personal, the same question about every user's last event."));
        foreach (var block in ComparisonView.Protocol(lastEvents)) session.Print(block);
        var known = ModelComparison.Of(specs, lastEvents, rules, session);
        foreach (var block in ComparisonView.Leaderboard(known)) session.Print(block);
        return new(main, known);
    }

    private static Snapshot Publish(PublishChoice selection, DataFolder dataset, string snapshots, CommandContext session)
    {
        session.Print(new Heading("5  Publish the winner, trained again on all the data"));
        var model = session.Train(selection.Model, dataset.Interactions);
        var report = JsonSerializer.SerializeToNode(
            selection.Personal.ToReport(dataset.Manifest.Name, dataset.Fingerprint), SealedFolder.Json)!.AsObject();
        string path = PublishCommand.Publish(snapshots, dataset, PublishCommand.Trained(model, dataset), selection.Fallback, report, session);
        session.Print(new Paragraph(selection.IsPersonal
            ? $"Published: {selection.Model.Name} for users with a history, {selection.Fallback.Name} for everyone else, in {path}."
            : $"Published: {selection.Model.Name}, the same for everyone, in {path}. No personal model is above popularity by more than noise."));
        return Snapshot.Open(path);
    }

    /// <returns>The name of the model that made them, and the carousels.</returns>
    private static (string Model, Carousel[] Carousels) ShowCarousels(
        PublishChoice selection, Snapshot snapshot, DataFolder dataset, ItemList list, CommandContext session)
    {
        var interactions = dataset.Interactions;
        session.Print(new Heading($"6  What a new user sees: {selection.Fallback.Name}"));
        var popular = snapshot.Recommender.Recommend(new(-1, default), Carousel.Length);
        session.Print(list.ToCarousel(popular, [.. popular.Select(_ => Array.Empty<int>())]));

        var (model, recommender, name) = (snapshot.Model, snapshot.Recommender, selection.BestPersonal.Name);
        session.Print(new Heading($"7  What three users see: {name}"));
        if (!selection.IsPersonal)
        {
            session.Print(new Paragraph($"{selection.Personal.VerdictOf(name)} It is shown here, but not published."));
            model = session.Train(selection.BestPersonal.Training.Spec, interactions).Model;
            recommender = new WithFallback(model.AsRecommender(name), recommender);
        }
        Carousel[] carousels = [.. DiverseUsers.Differing(interactions, list.Kinds, Users)
            .Select(user => Carousel.Of(interactions, user, model, recommender))];
        foreach (var block in carousels.SelectMany(carousel => carousel.ToBlocks(list))) session.Print(block);
        return (name, carousels);
    }

    private static void PrintNext(string snapshots, string source, string userId, CommandContext session)
    {
        session.Print(new Heading("What to try next"));
        session.Print(new CommandLines(
        [
            $"kindred serve --snapshot {snapshots}",
            $"curl 'http://127.0.0.1:5080/v1/users/{Uri.EscapeDataString(userId)}/recommendations?count=5'",
            $"kindred recommend {source} --user {userId} --model implicit-als",
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
