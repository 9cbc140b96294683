using Kindred.Import;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Import;

public sealed class ProvidedSplitTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    private Split Read(string train, string? validation, string test, ImportOptions? options = null) => Importer.ImportSplit(
        options ?? new ImportOptions { Sources = [] },
        _box.Write("train.txt", train), validation is null ? null : _box.Write("valid.txt", validation), _box.Write("test.txt", test),
        ImportSandbox.Cancellation);

    [Fact]
    public void Validation_that_stands_in_train_is_taken_out_for_tuning_and_back_in_for_the_end()
    {
        var split = Read("0 1 2 3 4\n1 2\n2 5 6\n", "0 3 4\n2 6\n", "0 5\n1 9\n2 1 6\n");

        Assert.Equal(["0 1 1", "0 2 1", "1 2 1", "2 5 1"], ImportSandbox.EventsOf(split.Train));
        Assert.Equal(["0 3 1", "0 4 1", "2 6 1"], ImportSandbox.EventsOf(split.Validation));
        Assert.Equal(["0 1 1", "0 2 1", "0 3 1", "0 4 1", "1 2 1", "2 5 1", "2 6 1"], ImportSandbox.EventsOf(split.Final.Train));
        // 2 already has 6.
        Assert.Equal(["0 5 1", "1 9 1", "2 1 1"], ImportSandbox.EventsOf(split.Test));
        Assert.Equal(1, split.RepeatsLeftOut);
        Assert.Equal("Parts as provided in train.txt, valid.txt, test.txt.", split.Protocol);
        // about the sizes and the cold items of such small parts, and about what 2 already has
        Assert.Collection(split.Warnings,
            warning => Assert.StartsWith("There are only 2 validation users", warning, StringComparison.Ordinal),
            warning => Assert.StartsWith("100 % of validation events are on items without a tr", warning, StringComparison.Ordinal),
            warning => Assert.StartsWith("The provided parts overlap: 1 test event is on an item", warning, StringComparison.Ordinal),
            warning => Assert.StartsWith("There are only 3 test users", warning, StringComparison.Ordinal),
            warning => Assert.StartsWith("33 % of test events are on items without a training", warning, StringComparison.Ordinal));
        Assert.Same(split.Train.Users, split.Final.Test.Users);
        Assert.Equal(7, split.Train.Items.Count);
    }

    [Fact]
    public void Validation_beside_train_is_added_for_the_end_in_order_of_time()
    {
        var split = Read("user,item,ts\na,x,10\na,y,30\nb,x,5\n", "user,item,ts\na,z,20\na,x,40\n", "user,item,ts\nb,y,50\nb,x,60\n");

        Assert.Equal(["a x 1 10", "a y 1 30", "b x 1 5"], ImportSandbox.EventsOf(split.Tuning.Train));
        Assert.Equal(["a z 1 20"], ImportSandbox.EventsOf(split.Tuning.Test)); // a already has x
        Assert.Equal(["a x 1 10", "a z 1 20", "a y 1 30", "a x 1 40", "b x 1 5"], ImportSandbox.EventsOf(split.Final.Train));
        Assert.Equal(["b y 1 50"], ImportSandbox.EventsOf(split.Final.Test)); // b already has x
        Assert.Equal(2, split.RepeatsLeftOut);
    }

    [Fact]
    public void Weights_of_events_in_train_and_validation_count_once()
    {
        var split = Read("user,item,count\na,x,3\na,y,1\n", "user,item,count\na,x,3\n", "user,item,count\na,z,1\n");
        Assert.Equal(["a x 3", "a y 1"], ImportSandbox.EventsOf(split.Final.Train).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_validation_there_is_a_warning()
    {
        var split = Read("0 1 2 3\n1 2 4\n", null, "0 4\n1 3 1\n");
        Assert.Equal(0, split.Validation.Histories.Count);
        Assert.Contains("There is no validation part: options chosen by looking at the test part flatter the result.", split.Warnings);
        Assert.Equal(ImportSandbox.EventsOf(split.Train), ImportSandbox.EventsOf(split.Final.Train));
    }

    [Fact]
    public void Short_item_lists_are_read_like_their_neighbors()
    {
        // Alone, three numbers a line would be user, item, rating.
        var split = Read("0 1 2 3\n1 2\n", null, "0 7 8\n1 8 7\n");
        Assert.Equal(["0 7 1", "0 8 1", "1 8 1", "1 7 1"], ImportSandbox.EventsOf(split.Test));
    }

    [Fact]
    public void Options_that_would_change_the_published_parts_are_refused() =>
        Assert.Contains("Provided parts are taken as they are",
            Assert.Throws<InputException>(() => Read("0 1\n", null, "0 2\n", new ImportOptions { Sources = [], MinUser = 2 })).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Gowalla_is_read_as_published()
    {
        string folder = RealData.Folder("gowalla");
        var split = Importer.ImportSplit(
            new ImportOptions { Sources = [] }, Path.Combine(folder, "train.txt.gz"), Path.Combine(folder, "valid.txt.gz"),
            Path.Combine(folder, "test.txt.gz"), ImportSandbox.Cancellation);
        // 1,027,370 interactions in train and test; validation is a part of train.
        Assert.Equal((29_858, 40_981), (split.Train.Users.Count, split.Train.Items.Count));
        Assert.Equal((810_128, 217_242), (split.Final.Train.Histories.Count, split.Test.Histories.Count));
        Assert.Equal(810_128, split.Train.Histories.Count + split.Validation.Histories.Count);
        Assert.Equal(0, split.RepeatsLeftOut);
    }
}
