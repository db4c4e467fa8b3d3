import pytest
import torch

from generation.nst.gram import gram_matrix, joined_style_vector, mean_gram, neural_style_vector


def test_gram_matrix_by_hand():
    # Two maps of 1 x 2: F = [[1, 2], [3, -1]]; F F^T = [[5, 1], [1, 10]]; / (1 * 2).
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, -1.0]]]])
    expected = torch.tensor([[[2.5, 0.5], [0.5, 5.0]]])
    torch.testing.assert_close(gram_matrix(features), expected)


def test_gram_matrix_of_an_image_does_not_depend_on_its_batch_or_memory_format():
    features = torch.randn(3, 8, 5, 7)
    together = gram_matrix(features.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(together[1:2], gram_matrix(features[1:2]))


def test_gram_matrix_is_float32_for_bfloat16_features():
    features = torch.full((1, 1, 64, 64), 300.0, dtype=torch.bfloat16)
    gram = gram_matrix(features)
    assert gram.dtype == torch.float32
    assert gram.item() == pytest.approx(90_000)  # beyond what float16 holds before division


def test_gram_matrix_ignores_autocast():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert gram_matrix(torch.randn(1, 4, 3, 3)).dtype == torch.float32


def test_neural_style_vector_by_hand():
    # Lower triangle row by row: [4, -9, 16]; signed roots [2, -3, 4]; norm sqrt(29).
    gram = torch.tensor([[4.0, -9.0], [-9.0, 16.0]])
    expected = torch.tensor([2.0, -3.0, 4.0]) / 29**0.5
    torch.testing.assert_close(neural_style_vector(gram), expected)


def test_neural_style_vector_takes_the_triangle_row_by_row():
    gram = torch.tensor([[1.0, 4.0, 16.0], [4.0, 9.0, 25.0], [16.0, 25.0, 36.0]])
    vector = neural_style_vector(gram)
    expected = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    torch.testing.assert_close(vector, expected / expected.norm())


def test_neural_style_vector_of_conv5_1_has_the_length_of_the_paper():
    assert neural_style_vector(torch.rand(512, 512)).shape == (131_328,)


def test_neural_style_vector_does_not_depend_on_the_grams_scale():
    gram = gram_matrix(torch.randn(2, 6, 4, 4))
    torch.testing.assert_close(neural_style_vector(gram), neural_style_vector(1e4 * gram))
    torch.testing.assert_close(neural_style_vector(gram).norm(dim=1), torch.ones(2))


def test_neural_style_vector_of_nothing_is_nothing():
    assert torch.equal(neural_style_vector(torch.zeros(3, 3)), torch.zeros(6))


def test_joined_style_vector_weighs_layers_alike():
    grams = {"conv1_1": torch.rand(4, 4), "conv2_1": torch.rand(9, 9)}
    joined = joined_style_vector(grams)
    assert joined.shape == (10 + 45,)
    assert joined.norm().item() == pytest.approx(1)
    assert joined[:10].norm().item() == pytest.approx(0.5**0.5)


def test_mean_gram_by_hand():
    grams = torch.tensor([[[1.0]], [[5.0]]])
    assert mean_gram(grams).item() == 3
    assert mean_gram(grams, torch.tensor([3.0, 1.0])).item() == 2


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [0.0, 0.0]])
def test_mean_gram_refuses_weights_that_are_none(weights):
    with pytest.raises(ValueError, match="expected 2 weights"):
        mean_gram(torch.rand(2, 3, 3), torch.tensor(weights))


def test_gradient_towards_the_mean_gram_is_the_mean_of_the_gradients():
    """Why one target serves a cluster: sum_i w_i |G - G_i|^2 = |G - mean G|^2 + const."""
    members = gram_matrix(torch.randn(4, 5, 6, 6)).double()
    share = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64)
    features = torch.randn(1, 5, 6, 6, dtype=torch.float64, requires_grad=True)
    to_mean = (gram_matrix(features)[0] - mean_gram(members, share)).square().sum()
    (one,) = torch.autograd.grad(to_mean, features)
    each = ((gram_matrix(features) - members).square().sum((1, 2)) * share).sum()
    (many,) = torch.autograd.grad(each, features)
    torch.testing.assert_close(one, many)
