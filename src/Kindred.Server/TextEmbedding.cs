namespace Kindred.Server;

/// <summary>
/// Makes vectors of what items say of themselves, such as by an <c>IEmbeddingGenerator</c> of the host, through <c>TextEmbedder</c> of
/// Kindred.Text. Which attributes are texts the setting <c>live</c> says.
/// </summary>
/// <param name="Model">Its name: what another model embedded is embedded again.</param>
/// <param name="Embed">A vector for each text, all of one length; null: none. May fail: it is called again.</param>
public sealed record TextEmbedding(
    string Model, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<float[]?>>> Embed);
