using CsCheck;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Storage;
using Kindred.Tests.Data;

namespace Kindred.Tests.Retrieval;

public sealed class SimilarItemsTests
{
    /// <summary>A user is the sum of the embeddings of the history.</summary>
    private sealed class Embeddings(Matrix items) : IEmbeddingModel
    {
        public Vocabulary Items { get; } = new([.. Enumerable.Range(0, items.Rows).Select(n => $"i{n}")]);

        public Matrix ItemEmbeddings => items;

        public bool TryEmbed(in Query query, Span<float> embedding)
        {
            embedding.Clear();
            foreach (int item in query.History.Span) Kernels.AddScaled(1, items.Row(item), embedding);
            return !query.History.IsEmpty;
        }

        public void Save(TensorWriter writer) { }
    }

    /// <summary>Scores are the rows of a table, summed over the history; NaN in the table: not a neighbor.</summary>
    private sealed class Table(float[][] rows) : IModel
    {
        public Vocabulary Items { get; } = new([.. Enumerable.Range(0, rows.Length).Select(n => $"i{n}")]);

        public void Score(in Query query, Span<float> scores)
        {
            scores.Fill(query.History.IsEmpty ? float.NaN : 0);
            foreach (int item in query.History.Span)
                for (int n = 0; n < rows.Length; n++) scores[n] += rows[item][n];
        }

        public void Save(TensorWriter writer) { }
    }

    [Fact]
    public void Embeddings_are_compared_by_angle_not_by_length()
    {
        // i0 = (1, 0); i1 = (10, 10): cos 45° = 0.7071; i2 = (0.1, 0): cos 0° = 1; i3 = (0, 3): 0; i4 = (−2, 0): −1
        var similar = new SimilarItems(new Embeddings(new Matrix(5, 2, new float[] { 1, 0, 10, 10, 0.1f, 0, 0, 3, -2, 0 })), "model");

        var found = similar.Find(0, 10);

        Assert.Equal([2, 1, 3, 4], found.Select(c => c.Item));
        Assert.Equal([1, 0.7071068, 0, -1], found.Select(c => Math.Round(c.Score, 7)));
        Assert.All(found, c => Assert.Equal("model", c.Source));
        Assert.Equal([2, 1], similar.Find(0, 2).Select(c => c.Item));
        Assert.Empty(similar.Find(0, 0));
    }

    [Fact]
    public void An_item_nobody_touched_has_no_direction()
    {
        var similar = new SimilarItems(new Embeddings(new Matrix(3, 2, new float[] { 1, 0, 0, 0, 1, 1 })), "model");
        Assert.Equal([2], similar.Find(0, 10).Select(c => c.Item));
        Assert.Empty(similar.Find(1, 10));
    }

    private static readonly Gen<float> Quarters = Gen.Int[-8, 8].Select(n => n / 4f);

    [Fact]
    public void Embeddings_agree_with_cosines_in_double_precision() =>
        Gen.Int[2, 30].SelectMany(rows => Quarters.Array[rows * 5].Select(values => new Matrix(rows, 5, values))).Sample(matrix =>
        {
            double Cosine(int a, int b)
            {
                double dot = 0, aa = 0, bb = 0;
                for (int n = 0; n < 5; n++)
                {
                    dot += (double)matrix.Row(a)[n] * matrix.Row(b)[n];
                    aa += (double)matrix.Row(a)[n] * matrix.Row(a)[n];
                    bb += (double)matrix.Row(b)[n] * matrix.Row(b)[n];
                }
                return dot / Math.Sqrt(aa * bb);
            }
            var found = new SimilarItems(new Embeddings(matrix), "model").Find(1, matrix.Rows);
            var others = Enumerable.Range(0, matrix.Rows).Where(n => n != 1 && !double.IsNaN(Cosine(1, n)));
            Assert.Equal(others, found.Select(c => c.Item).Order());
            Assert.All(found, c => Assert.Equal(Cosine(1, c.Item), c.Score, 1e-4));
            Assert.Equal(found.OrderByDescending(c => c.Score).ThenBy(c => c.Item), found);
        });

    [Fact]
    public void Other_models_are_asked_with_the_item_as_the_whole_history()
    {
        var similar = new SimilarItems(new Table([[9, 1, 5], [0, 9, float.NaN], [2, 3, 9]]), "model");
        Assert.True(similar.IsSupported);
        Assert.Equal([(2, 5f), (1, 1f)], similar.Find(0, 10).Select(c => (c.Item, c.Score)));
        Assert.Equal([0], similar.Find(1, 10).Select(c => c.Item));
    }

    [Fact]
    public void Popularity_knows_no_similarity_and_says_so()
    {
        var similar = new SimilarItems(new Popularity().Train(Small.Of(2, [(0, 1)], [(0, 1), (1, 1)]), new()), "popularity");
        Assert.False(similar.IsSupported);
        Assert.Contains("knows no similarity", Assert.Throws<InputException>(() => similar.Find(0, 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_item_outside_the_vocabulary_is_refused()
    {
        var similar = new SimilarItems(new Table([[1, 2], [3, 4]]), "model");
        Assert.Throws<ArgumentOutOfRangeException>(() => similar.Find(2, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => similar.Find(-1, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => similar.Find(0, -1));
    }
}
