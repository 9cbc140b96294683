using Kindred.Models;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Tests.Models;

namespace Kindred.Native.Tests.Neural;

public sealed class Bert4RecTests : ModelContract
{
    protected override ITrainer Trainer => new Bert4Rec
    {
        Dimensions = 32,
        HistoryLength = 4,
        LayerCount = 1,
        Epochs = 200,
        BatchSize = 8,
        LearningRate = .01f,
        FinalLearningRate = .02f,
        Dropout = 0,
        LastShare = .8f,
    };

    protected override bool IsClosedForm => false;

    protected override bool ReadsOrder => true;

    // longer than what is looked at, so that what is learned from is as long as what is asked
    protected override Interactions Board(int size) => SasRecTests.Circle(size);

    [Fact]
    public void Hidden_items_are_asked_for_and_the_others_stay()
    {
        var batches = new SequenceBatches(SasRecTests.Circle(20), 5, new(SequenceLoss.Softmax, 0));
        var questions = new HiddenItems(batches, 5, hidden: 20, share: .3f, lastShare: 0);
        var rng = new Rng(1);
        int asked = 0;
        for (int draw = 0; draw < 1000; draw++)
        {
            List<int> places = [], answers = [];
            long[] items = questions.Ask(0, rng, places, answers).ToArray();
            Assert.NotEmpty(places);
            // user 0 had 14 … 19
            foreach (var (place, answer) in places.Zip(answers)) Assert.Equal((20, 15 + place), ((int)items[place], answer));
            for (int n = 0; n < 5; n++) if (!places.Contains(n)) Assert.Equal(15 + n, items[n]);
            asked += places.Count;
        }
        Assert.InRange(asked / 5000.0, .4, .48); // one always, of the four others 30 %: 44 %
    }

    [Fact]
    public void Where_only_the_last_is_asked_for_it_alone_is_hidden()
    {
        var batches = new SequenceBatches(SasRecTests.Circle(20), 5, new(SequenceLoss.Softmax, 0));
        List<int> places = [], answers = [];
        var items = new HiddenItems(batches, 5, hidden: 20, share: .9f, lastShare: 1).Ask(0, new Rng(1), places, answers);
        Assert.Equal([15, 16, 17, 18, 20], items.ToArray());
        Assert.Equal([4], places);
        Assert.Equal([19], answers);
    }

    [Theory]
    [InlineData("""{"historyLength": 1}""", "historyLength must be at least 2, as the question takes a place, was 1.")]
    [InlineData("""{"maskShare": 0}""", "maskShare must be above 0 and below 1, was 0.")]
    [InlineData("""{"lastShare": 2}""", "lastShare must be 0 to 1, was 2.")]
    [InlineData("""{"epochs": 0}""", "epochs must be at least 1, was 0.")]
    public void Options_out_of_range_are_refused(string options, string message)
    {
        ITrainer Trainer() => NeuralTrainers.Catalog.Create("bert4rec", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(message, Assert.Throws<InputException>(() => Trainer().Train(SasRecTests.Circle(8), Context())).Message);
    }
}
