using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Retrieval.Sources;
using Kindred.Storage;

namespace Kindred.Tests.Retrieval;

public sealed class EmbeddingRetrieverTests
{
    [Fact]
    public void Item_embeddings_are_packed_once_and_not_before_they_are_needed()
    {
        var model = new CountingModel();
        var pipeline = new EmbeddingRetriever(model).AsPipeline();
        Assert.Equal(0, model.TimesRead);
        // (1, 2)·(3, 0) = 3, (1, 2)·(0, 1) = 2; item 2 is zero: nobody touched it
        for (int n = 0; n < 3; n++) Assert.Equal([(0, 3f), (1, 2f)], pipeline.Recommend(new(0, default), 5).Select(c => (c.Item, c.Score)));
        Assert.Equal(1, model.TimesRead);
    }

    private sealed class CountingModel : IEmbeddingModel
    {
        private readonly Matrix _items = new(3, 2, new float[] { 3, 0, 0, 1, 0, 0 });

        public int TimesRead { get; private set; }

        public Vocabulary Items { get; } = new(["a", "b", "c"]);

        public Matrix ItemEmbeddings
        {
            get
            {
                TimesRead++;
                return _items;
            }
        }

        public bool TryEmbed(in Query query, Span<float> embedding)
        {
            (embedding[0], embedding[1]) = (1, 2);
            return true;
        }

        public void Save(TensorWriter writer) => throw new NotSupportedException();
    }
}
