using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>What cannot be used gets one sentence and exit code 2.</summary>
public sealed class RefusalTests(Films films) : IClassFixture<Films>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("frobnicate", "There is no command frobnicate; there are demo, inspect, ")]
    [InlineData("evaluat FILMS", "There is no command evaluat; did you mean evaluate?")]
    [InlineData("models", "There is no command models; did you mean model?")]
    [InlineData("model", "Name one of its commands.")]
    [InlineData("pipeline chek FILMS", "There is no command chek; did you mean check?")]
    [InlineData("model list --verbose", "There is no option --verbose.")]
    [InlineData("model show nope", "There is no model 'nope'; there are popularity, ")]
    [InlineData("import RAW --out x --sep ;", "There is no option --sep; did you mean --delimiter or --seed?")]
    [InlineData("import RAW --ot x", "There is no option --ot; did you mean --out?")]
    [InlineData("train RAW --modle bpr --out x", "There is no option --modle; did you mean --model?")]
    [InlineData("train RAW --modle=bpr --out x", "There is no option --modle; did you mean --model?")]
    [InlineData("inspect RAW --verbose", "There is no option --verbose.")]
    [InlineData("inspect RAW -v", "There is no option -v.")]
    [InlineData("compare RAW --model item-knn", "There is no option --model")]
    [InlineData("recommend RAW --user --frobnicate", "There is no option --frobnicate.")]
    [InlineData("inspect", "No source was given; name a file, a pattern or a folder.")]
    [InlineData("inspect nofile.csv", "nofile.csv does not exist.")]
    [InlineData("inspect FILMS --user x", "--user cannot be used; import the raw files again with it.")]
    [InlineData("inspect RAW --threads x", "Cannot parse argument 'x' for option '--threads' as a whole number.")]
    [InlineData("inspect RAW --threads 0", "--threads must be at least 1, was 0.")]
    [InlineData("inspect RAW --half-life 9", "--half-life 9 is not a time; write a number and d, h or w, such as 90d.")]
    [InlineData("inspect RAW --weight view", "--weight view is not type=number")]
    [InlineData("import RAW --out x --on-error maybe", "Argument 'maybe' not recognized. Must be one of: 'fail' 'skip'")]
    [InlineData("train FILMS --model nope --out x", "There is no model 'nope'; there are popularity, item-knn, implicit-als, bpr, warp, ")]
    [InlineData("train FILMS --model item-knn:neighbors=5 --out x", "item-knn has no option 'neighbors'; did you mean neighbours?")]
    [InlineData("train FILMS --model item-knn:xyz=5 --out x", "item-knn has no option 'xyz'; there are similarity, neighbours, ")]
    [InlineData("train FILMS --model item-knnn --out x", "There is no model 'item-knnn'; did you mean item-knn or user-knn?")]
    [InlineData("train FILMS --model implicit-als:dimensions=abc --out x", "dimensions of implicit-als must be a whole number, was 'abc'.")]
    [InlineData("train FILMS --model implicit-als:solver=exactt --out x",
        "solver of implicit-als must be one of exact, conjugateGradient, ")]
    [InlineData("train FILMS --model implicit-als:regularization=0,5 --out x",
        "a comma separates options: write a point before the fraction of a number.")]
    [InlineData("tune FILMS --model implicit-als --search regularization=0,1..1", "and a point before the fraction of a number.")]
    [InlineData("evaluate FILMS --test-share 0,2",
        "--test-share must be a number, was '0,2'; write a point before the fraction, such as 0.5.")]
    [InlineData("similar FILMS --item 1 --together --gap 1,5", "--gap must be a number, was '1,5'")]
    [InlineData("evaluate FILMS --test-share 2", "The share of the test part must be above 0 and below 1, was 2.")]
    [InlineData("import RAW --out x --attributes y",
        "There is no option --attributes; did you mean --item-attributes or --user-attributes?")]
    [InlineData("similar SNAPSHOTS --id 1", "There is no option --id; did you mean --item?")]
    [InlineData("recommend SNAPSHOTS SNAPSHOTS --user 1", "Name one snapshot, or one folder of snapshots; these are 2: ")]
    [InlineData("import FILMS --out x", "is already imported; use it as it is and alone, or import the raw files that it was made of.")]
    [InlineData("inspect FILMS RAW", "is already imported; use it as it is and alone")]
    [InlineData("evaluate SNAPSHOTS", "is a folder of snapshots, not events; name the data that it was made of.")]
    [InlineData("import MODEL --out x", "is a kindred model, not events; name the data that it was made of.")]
    [InlineData("publish FILMS --model popularity --out EMPTY", "--out is empty; name a folder.")]
    [InlineData("evaluate FILMS --report EMPTY", "--report is empty; name a file.")]
    [InlineData("inspect EMPTY", "A source has no name; name a file or a folder.")]
    [InlineData("recommend RAW --user 1 --user-column nope", "has no column 'nope' for --user-column; it has ")]
    [InlineData("import RAW --out x --user nope", "has no column 'nope' for --user; it has ")]
    [InlineData("train FILMS --model item-knn:neighbours --out x", "'neighbours' in the model item-knn:neighbours is not option=value")]
    [InlineData("train FILMS --model item-knn:neigbours --out x", "is not option=value; write item-knn:neighbours=value.")]
    [InlineData("train FILMS --model item-knn:neighbours=0 --out x", "neighbours must be at least 1, was 0.")]
    [InlineData("evaluate FILMS --metric foo@10", "There is no metric 'foo@10'; there are ndcg, ")]
    [InlineData("evaluate FILMS --metric ndcg@0", "The length of the list in --metric ndcg@0 must be a number from 1.")]
    [InlineData("evaluate FILMS --metric novelty@10", "Novelty@10 describes lists and does not say which are better")]
    [InlineData("evaluate FILMS --metric gini@10", "Gini@10 describes lists and does not say which are better")]
    [InlineData("evaluate FILMS --metrics foo@10", "There is no metric 'foo'; there are ndcg, ")]
    [InlineData("evaluate FILMS --metrics novelty", "novelty needs a cut-off; write novelty@10.")]
    [InlineData("evaluate FILMS --group-by brand", "There is no attribute 'brand' to group by; there are ")]
    [InlineData("evaluate FILMS --metric rmse --model item-knn", "item-knn ranks items, it does not predict ratings")]
    [InlineData("evaluate FILMS --cuts 3 --split random", "--cuts splits by time; leave --split out.")]
    [InlineData("evaluate FILMS --cuts 3 --last 2", "--last does not go with --cuts; leave one of them out.")]
    [InlineData("evaluate FILMS --train-days 30", "--train-days is for back-tests; give --cuts as well.")]
    [InlineData("evaluate FILMS --gap soon", "--gap soon is not a time; write a number and d, h or w")]
    [InlineData("evaluate FILMS --core 5", "--core 5 is not two numbers; write 5,5")]
    [InlineData("evaluate FILMS --test-days 100000", "The cut at")]
    [InlineData("evaluate FILMS --sampled-negatives 0", "--sampled-negatives must be at least 1, was 0.")]
    [InlineData("compare FILMS --metric foo@10", "There is no metric 'foo@10'; there are ndcg, ")]
    [InlineData("evaluate FILMS --k ten", "--k ten is not a list of numbers from 1")]
    [InlineData("evaluate FILMS --model item-knn --model item-knn", "The model item-knn is named twice")]
    [InlineData("evaluate FILMS --split random --test-from 2015-01-01",
        "--test-from does not go with --split random; leave one of them out.")]
    [InlineData("evaluate FILMS --test-from yesterday", "--test-from yesterday is not a date")]
    [InlineData("similar FILMS --item 1 --gap 60", "--gap is about baskets; add --together.")]
    [InlineData("similar FILMS --item 1 --together --gap=-1", "The gap between baskets must be >= 0, was -00:01:00.")]
    [InlineData("similar FILMS --item 1 --together --model item-knn", "--together counts baskets and uses no model")]
    [InlineData("evaluate --train-file a.txt", "--train-file and --test-file go together")]
    [InlineData("tune FILMS", "Option '--model' is required.")]
    [InlineData("tune FILMS --model item-knn --metric foo", "There is no metric 'foo'; there are ndcg, ")]
    [InlineData("tune FILMS --model item-knn --search neighbours", "'neighbours' in --search is not option=range")]
    [InlineData("tune FILMS --model item-knn --search neighbors=1..5",
        "There is no option 'neighbors' to search; did you mean neighbours?")]
    [InlineData("tune FILMS --model item-knn:neighbours=5 --search neighbours=1..5", "The option neighbours is given twice")]
    [InlineData("tune FILMS --model item-knn --search neighbours=5.5", "neighbours of item-knn must be a whole number, was '5.5'.")]
    [InlineData("tune FILMS --model popularity:halfLifeDays=5", "There is no option to search")]
    [InlineData("tune FILMS --model item-knn --sampler hyperband", "and item-knn has none; use TPE or random search.")]
    [InlineData("tune FILMS --model item-knn --sampler grid", "Must be one of: 'tpe' 'random' 'hyperband' 'bohb'")]
    [InlineData("tune FILMS --model item-knn --minutes 0", "--minutes must be more than 0, was 0.")]
    [InlineData("publish FILMS --out x", "Name what to publish: --model, --model-folder or --pipeline, one of them.")]
    [InlineData("publish RAW --model-folder MODEL --out x --min-value 4", "was trained on other data (movielens) than these")]
    [InlineData("recommend SNAPSHOTS", "Name who is recommended to: --user ID, --history i")]
    [InlineData("recommend SNAPSHOTS --user 1 --model item-knn", "so --model cannot be used")]
    [InlineData("recommend MODEL --user 1", "is not a kindred snapshot")]
    [InlineData("recommend SNAPSHOTS --user EMPTY", "userId is empty; name a user, or leave it out.")]
    [InlineData("recommend SNAPSHOTS --count --user 1", "--count needs a value: --count <count>.")]
    [InlineData("compare FILMS --model item-knn", "There is no option --model. `kindred compare` compares the models that suit the data;")]
    [InlineData("evaluate FILMS --split --model item-knn", "--split needs a value: leave-last, random, time, users.")]
    [InlineData("evaluate FILMS --model", "--model needs a value: --model <model>.")]
    [InlineData("evaluate FILMS --metric --json", "--metric needs a value: --metric <name@k>.")]
    [InlineData("publish FILMS --model item-knn --out FILMS", "is a kindred data folder; name a folder for snapshots.")]
    [InlineData("serve SNAPSHOTS", "needs an option before it: --snapshot for a snapshot or a folder of them, --data for a living folder.")]
    [InlineData("serve --data x --snapshot SNAPSHOTS",
        "--data serves a living folder, --snapshot a snapshot alone; leave one of them out.")]
    [InlineData("model show implicit-als:dimensions=3", "write kindred model show implicit-als.")]
    [InlineData("similar SNAPSHOTS --item zz", "There is no item 'zz' in the data of ")]
    [InlineData("similar FILMS --item 1 --model popularity", "knows no similarity between items")]
    [InlineData("serve --snapshot MODEL", "is not a kindred snapshot")]
    [InlineData("serve --snapshot SNAPSHOTS --url nowhere", "'nowhere' is not an address to listen at")]
    [InlineData("serve --snapshot SNAPSHOTS --url http://nosuchhost:0", "'http://nosuchhost:0' names a host to listen at")]
    [InlineData("similar SNAPSHOTS --item \u001b[31m\nx", "There is no item '\\u001b[31m\\nx' in the data of ")]
    [InlineData("recommend SNAPSHOTS --user 1 --history MANY10001", "history has 10,001 events; give at most 10,000.")]
    [InlineData("recommend SNAPSHOTS --user 1 --allow MANY50001", "allow has 50,001 items; give at most 50,000.")]
    [InlineData("recommend SNAPSHOTS --user 1 --deny MANY50001", "deny has 50,001 items; give at most 50,000.")]
    [InlineData("recommend SNAPSHOTS --user 1 --where year=1990|MANYALTERNATIVES",
        "The condition on year has 1,001 alternatives; give at most 1,000.")]
    public async Task What_cannot_be_used_is_refused_in_a_sentence(string arguments, string sentence)
    {
        string[] words = [.. arguments.Split(' ').Select(word => word switch
        {
            "FILMS" => films.Data, "RAW" => Films.Raw, "MODEL" => films.Model, "EMPTY" => "", "SNAPSHOTS" => films.Snapshots,
            "MANY10001" => string.Join(',', Enumerable.Repeat(1, 10_001)), "MANY50001" => string.Join(',', Enumerable.Repeat(1, 50_001)),
            _ => word.Replace("MANYALTERNATIVES", string.Join('|', Enumerable.Repeat(1990, 1_000)), StringComparison.Ordinal),
        })];
        string said = await Kindred.Refused(words);
        Assert.Contains(sentence, said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal); // no stack trace
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Ids_and_files_may_begin_with_hyphens()
    {
        await File.WriteAllLinesAsync(
            _folder.File("-.csv"), ["user,item", "-1,x", "--two,x", "c,y"], TestContext.Current.CancellationToken);
        Assert.Contains("For user -1", await Kindred.Succeed("recommend", "./-.csv", "--user", "-1", "--model", "popularity"),
            StringComparison.Ordinal);
        Assert.Contains("For user --two", await Kindred.Succeed("recommend", "--user=--two", "--model", "popularity", "--", "-.csv"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_times_the_split_is_random_as_in_the_library_and_is_said()
    {
        await File.WriteAllLinesAsync(_folder.File("untimed.csv"),
            ["user,item", .. Enumerable.Range(0, 400).Select(n => $"u{n % 40},i{n * n % 23}")], TestContext.Current.CancellationToken);
        string said = await Kindred.Succeed("evaluate", "untimed.csv", "--model", "item-knn");
        Assert.Contains("Random split: 10 % of the events", said, StringComparison.Ordinal);
        Assert.Contains("The events have no times, so they are split at random.", said, StringComparison.Ordinal);
        Assert.Contains("--split leave-last", said, StringComparison.Ordinal);
        Assert.Contains("Random split", await Kindred.Succeed("compare", "untimed.csv"), StringComparison.Ordinal);
        foreach (string[] byTime in new string[][] { ["--split", "time"], ["--test-days", "3"], ["--cuts", "2"] })
            Assert.Contains("take --split random or leave-last.",
                await Kindred.Refused(["evaluate", "untimed.csv", .. byTime]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weight_of_a_type_that_no_event_has_is_named()
    {
        await File.WriteAllLinesAsync(_folder.File("events.csv"), ["user,item,event", "a,x,buy", "b,x,view", "b,y,buy"],
            TestContext.Current.CancellationToken);
        const string Sentence = "No event has the type 'buuy' of --weight; did you mean buy?";
        Assert.Contains(
            Sentence, await Kindred.Refused("import", "events.csv", "--out", "data", "--weight", "buuy=3"), StringComparison.Ordinal);
        string[] all = ["import", "events.csv", "--out", "data", "--weight", "buy=2", "--weight", "view=1"];
        Assert.DoesNotContain("No event has the type", await Kindred.Succeed(all), StringComparison.Ordinal);
        Assert.Contains($"Warning: {Sentence}", await Kindred.Succeed([.. all, "--weight", "buuy=3"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_the_options_of_import_wherever_raw_files_are_taken()
    {
        foreach (string verb in new[] { "inspect", "evaluate", "compare", "tune", "train", "publish", "recommend", "similar", "audience" })
        {
            string help = await Kindred.Succeed(verb, "--help");
            Assert.Contains("Options for raw files, described by `kindred import --help`: --user", help, StringComparison.Ordinal);
            Assert.Contains("--item-attributes", help, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("Options for raw files", await Kindred.Succeed("import", "--help"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_rows_are_named_by_line_and_nothing_is_written()
    {
        await File.WriteAllLinesAsync(
            _folder.File("events.csv"), ["user,item,rating", "a,x,4", "b,,4", "c,x,abc"], TestContext.Current.CancellationToken);
        string said = await Kindred.Refused("import", "events.csv", "--out", "data");
        Assert.Contains("events.csv, line 3: ", said, StringComparison.Ordinal);
        Assert.Contains("--on-error skip", said, StringComparison.Ordinal);
        Assert.Equal(["events.csv"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_damaged_snapshot_is_refused_by_every_verb_that_reads_it()
    {
        for (int n = 0; n < 2; n++) await Kindred.Succeed("publish", films.Data, "--model", "popularity", "--out", "snapshots");
        string[] both = [.. Directory.EnumerateDirectories(_folder.File("snapshots")).Order(StringComparer.Ordinal)];
        string snapshot = both[1], file = Path.Combine(snapshot, "fallback.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        Assert.Contains($"Skipped a newer snapshot: snapshots/{Path.GetFileName(snapshot)} is damaged",
            (await Kindred.Run("recommend", "snapshots", "--user", "1")).StandardError, StringComparison.Ordinal);
        Directory.Delete(both[0], recursive: true);
        foreach (string[] arguments in new string[][] { ["recommend", snapshot, "--user", "1"], ["serve", "--snapshot", "snapshots"] })
            Assert.Contains("is damaged: the checksum of fallback.safetensors does not match", await Kindred.Refused(arguments),
                StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(snapshot, "manifest.json"), "{", TestContext.Current.CancellationToken);
        Assert.Contains("is damaged: its manifest cannot be read", await Kindred.Refused("recommend", snapshot, "--user", "1"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_in_the_way_is_seen_before_the_work()
    {
        Directory.CreateDirectory(_folder.File("mine"));
        await File.WriteAllTextAsync(_folder.File("mine/notes.txt"), "keep", TestContext.Current.CancellationToken);
        string said = await Kindred.Refused("train", Films.Raw, "--model", "popularity", "--out", "mine");
        Assert.Contains("mine exists and is not a kindred model", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Importing", said, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("mine/notes.txt")));
    }
}
